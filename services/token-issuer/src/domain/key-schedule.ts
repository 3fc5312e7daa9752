/** When a ring moves on, by the age of its keys. Any replica may ask at any time, as often as it likes. */
import type { KeyRingState, RingName, SigningAlgorithm } from '@gateway/contracts'
import { activeKey, type Key, pendingKey } from './key-ring.ts'

/** As the operator configures it (`keys`, and `tokens.access_ttl_seconds`). */
export interface KeyPolicy {
  readonly algorithm: SigningAlgorithm
  readonly rotation_days: number
  readonly publish_ahead_hours: number
  readonly access_ttl_seconds: number
}

export interface KeySchedule {
  /** Of the keys to come. */
  readonly algorithm: SigningAlgorithm
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

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A day more than a token lives, so that a life which was shortened meanwhile, or a clock that is off, does no harm. */
export function keySchedule(ring: RingName, policy: KeyPolicy): KeySchedule {
  const rotation = {
    algorithm: policy.algorithm,
    rotateAfterMs: policy.rotation_days * DAY_MS,
    publishAheadMs: policy.publish_ahead_hours * HOUR_MS,
  }
  switch (ring) {
    case 'access-token':
      return { ...rotation, dropAfterMs: policy.access_ttl_seconds * 1000 + DAY_MS }
    case 'assertion':
      // Proxies keep the private half in memory and fetch the next one in their own time.
      return { ...rotation, dropAfterMs: 7 * DAY_MS }
  }
}

/**
 * The one step that is due, or undefined. Do it, then ask again.
 *
 * A key that waits is activated whatever its algorithm is: only the active one is compared with the configuration. So
 * replicas that an upgrade leaves with two configurations take turns in days, and never drop each other's keys in circles.
 */
export function nextStep(ring: KeyRingState, schedule: KeySchedule, now: number): KeyStep | undefined {
  const over = ring.keys.find((key) => key.status === 'retired' && nextChangeAt(ring, key, schedule) <= now)
  if (over) return { type: 'drop', kid: over.kid }

  const pending = pendingKey(ring)
  if (pending) {
    return nextChangeAt(ring, pending, schedule) <= now ? { type: 'activate', kid: pending.kid } : undefined
  }
  const active = activeKey(ring)
  const ageing = active && nextChangeAt(ring, active, schedule) - schedule.publishAheadMs <= now
  const outdated = active && active.public_jwk.alg !== schedule.algorithm
  return ageing || outdated ? { type: 'create' } : undefined
}

/** When a pending key begins to sign, an active one gives way, a retired one is dropped. Milliseconds since the epoch. */
export function nextChangeAt(ring: KeyRingState, key: Key, schedule: KeySchedule): number {
  switch (key.status) {
    case 'pending':
      return key.created_at + schedule.publishAheadMs
    case 'active': {
      const successor = pendingKey(ring)
      if (successor) return nextChangeAt(ring, successor, schedule)
      return (key.activated_at ?? key.created_at) + schedule.rotateAfterMs
    }
    case 'retired':
      return (key.retired_at ?? key.created_at) + schedule.dropAfterMs
  }
}
