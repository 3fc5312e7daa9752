/** What a contract suite gets for each of its cases: a bus of its own, a clock that it can move, and eyes for what went wrong. */
import { newId } from '@gateway/kernel'
import { afterEach, beforeEach, vi } from 'vitest'
import type { Bus, FailureListener, FailurePlace, Provisioner, ResolvedStream } from '../ports.ts'

export type AnyBus = Bus & Provisioner

/** What an adapter's test hands in. Streams may be left behind: every case names its own. */
export interface Adapter {
  /** A bus that is connected; calls of one case reach the same servers (or the same bus, where there is but one process). */
  open(options: BusOptions): Promise<AnyBus>
  /** Puts bytes into a stream that our own `publish` would never write; absent where nobody else can write. */
  readonly publishBytes?: (subject: string, bytes: Uint8Array) => Promise<void>
  /** Deletes a stream behind the bus' back; absent where that cannot happen. */
  readonly deleteStream?: (name: string) => Promise<void>
  /** How long an acknowledgement may take; absent: a second, which is what a busy server can be held to. */
  readonly ackWaitMs?: number
}

export const ackWaitMsOf = ({ ackWaitMs = 1_000 }: Adapter): number => ackWaitMs

export interface BusOptions {
  readonly clock: () => number
  readonly onFailure: FailureListener
}

export interface World {
  readonly bus: AnyBus
  /** Another connection to the same place, as a second replica has it. */
  readonly replica: AnyBus
  /** Appears in every subject and name of this case, and in no other. */
  readonly scope: string
  readonly failures: { readonly error: unknown; readonly at: FailurePlace }[]
  readonly now: () => number
  readonly advance: (ms: number) => void
  /** `EVT_<scope>` holding `evt.<scope>.*`. */
  readonly ensureStream: (limits?: Partial<ResolvedStream>) => Promise<ResolvedStream>
  readonly subject: (last: string) => string
}

/** Registers the hooks; the result is valid inside a case. */
export function eachInItsOwnWorld(adapter: Adapter): () => World {
  let world: World | undefined
  beforeEach(async () => {
    world = await openWorld(adapter)
  })
  afterEach(async () => {
    await world?.replica.close()
    await world?.bus.close()
    world = undefined
  })
  return () => {
    if (!world) throw new TypeError('outside of a case')
    return world
  }
}

async function openWorld(adapter: Adapter): Promise<World> {
  let offsetMs = 0
  const now = () => Date.now() + offsetMs
  const failures: World['failures'] = []
  const options: BusOptions = { clock: now, onFailure: (error, at) => failures.push({ error, at }) }
  const bus = await adapter.open(options)
  const replica = await adapter.open(options)
  const scope = newId().replaceAll(/[^A-Za-z0-9]/g, 'x')
  return {
    bus,
    replica,
    scope,
    failures,
    now,
    advance: (ms) => {
      offsetMs += ms
    },
    subject: (last) => `evt.${scope}.${last}`,
    ensureStream: async (limits = {}) => {
      const stream = streamOf(scope, limits)
      // Each bus learns the stream's subjects from the call, as a service does from `libs/contracts`.
      await bus.ensureStream(stream)
      await replica.ensureStream(stream)
      return stream
    },
  }
}

function streamOf(scope: string, limits: Partial<ResolvedStream>): ResolvedStream {
  const name = `EVT_${scope}`
  return { name, subjects: [`evt.${scope}.*`], discard: 'new', appendOnly: false, replicas: 1, ...limits }
}

/** Waits for what other processes do in their own time. */
export function eventually(assertion: () => void | Promise<void>, timeoutMs = 10_000): Promise<void> {
  return vi.waitFor(assertion, { timeout: timeoutMs, interval: 10 })
}

export function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export const ascending = (a: unknown, b: unknown): number => Number(a) - Number(b)
