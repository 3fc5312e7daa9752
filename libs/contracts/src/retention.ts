/** The streams and durables with every number decided: what `gateway bootstrap` creates, and the tests' bus. */
import { type DurableSpec, durables, type Lifetimes, type StreamSpec, streams } from './streams.ts'

/** Milliseconds and bytes; absent: no limit. */
export interface StreamRetention {
  readonly name: string
  readonly subjects: readonly string[]
  readonly maxAgeMs?: number | undefined
  readonly maxMessages?: number | undefined
  readonly maxBytes?: number | undefined
  readonly maxMessagesPerSubject?: number | undefined
  readonly discard: 'new' | 'old'
  readonly appendOnly: boolean
  readonly replicas: number
}

export interface DurableDelivery {
  readonly stream: string
  readonly name: string
  readonly ackWaitMs: number
}

export function streamRetentions(lives: Lifetimes, replicas: number): readonly StreamRetention[] {
  return Object.values<StreamSpec>(streams).map((spec) => {
    const age = typeof spec.maxAgeSeconds === 'function' ? spec.maxAgeSeconds(lives) : spec.maxAgeSeconds
    return {
      name: spec.name,
      subjects: spec.subjects,
      maxAgeMs: age === undefined ? undefined : age * 1_000,
      maxMessages: spec.maxMessages,
      maxBytes: spec.maxBytes?.(lives),
      maxMessagesPerSubject: spec.maxMessagesPerSubject,
      discard: spec.discard,
      appendOnly: spec.appendOnly ?? false,
      replicas,
    }
  })
}

export function durableDeliveries(): readonly DurableDelivery[] {
  return Object.values<DurableSpec>(durables).map(({ stream, name, ackWaitSeconds }) => ({
    stream,
    name,
    ackWaitMs: ackWaitSeconds * 1_000,
  }))
}
