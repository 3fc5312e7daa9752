/** When a ring moves on, by the age of its keys. Any replica may ask at any time, as often as it likes. */
import type { KeyRingState, RingName } from '@gateway/contracts'
import { activeKey } from './key-ring.ts'

export interface KeySchedule {
  /** Age at which the active key gives way. */
  readonly rotateAfterMs: number
  /** How long its successor is published before it signs: longer than any verifier caches a key set. */
  readonly publishAheadMs: number
  /** How long a retired key stays published: longer than anything that it signed lives. */
  readonly dropAfterMs: number
}

export type KeyStep =
  | { readonly type: 'create' }
  | { readonly type: 'activate'; readonly kid: string }
  | { readonly type: 'drop'; readonly kid: string }

const DAY_MS = 86_400_000

/** A day more than a token lives, so that a life which was shortened meanwhile, or a clock that is off, does no harm. */
export function keySchedule(ring: RingName, accessTtlSeconds: number): KeySchedule {
  const rotation = { rotateAfterMs: 30 * DAY_MS, publishAheadMs: DAY_MS }
  switch (ring) {
    case 'access-token':
      return { ...rotation, dropAfterMs: accessTtlSeconds * 1000 + DAY_MS }
    case 'assertion':
      // Proxies keep the private half in memory and fetch the next one in their own time.
      return { ...rotation, dropAfterMs: 7 * DAY_MS }
  }
}

/** The one step that is due, or undefined. Do it, then ask again. */
export function nextStep(ring: KeyRingState, schedule: KeySchedule, now: number): KeyStep | undefined {
  const over = ring.keys.find((key) => key.status === 'retired' && age(key.retired_at, now) >= schedule.dropAfterMs)
  if (over) return { type: 'drop', kid: over.kid }

  const pending = ring.keys.find((key) => key.status === 'pending')
  if (pending) {
    const due = age(pending.created_at, now) >= schedule.publishAheadMs
    return due ? { type: 'activate', kid: pending.kid } : undefined
  }
  const active = activeKey(ring)
  const ageing = active && age(active.activated_at, now) >= schedule.rotateAfterMs - schedule.publishAheadMs
  return ageing ? { type: 'create' } : undefined
}

function age(since: number | undefined, now: number): number {
  return since === undefined ? 0 : now - since
}
