/**
 * Records what happened for whoever audits: a bounded buffer that never makes a request wait, flushed in the background
 * with stable ids, so that a resend is stored once. What had to be dropped is counted and reported as an event itself.
 */
import type { MessageHandler, Publisher, StreamReader, Subscription } from '@gateway/bus'
import {
  type AuditData,
  type AuditEvent,
  type AuditType,
  auditSubject,
  type DurableSpec,
  toCloudEvent,
} from '@gateway/contracts'
import { type Clock, newId } from '@gateway/kernel'
import type { Logger } from './log.ts'

const FLUSH_MS = 10
const RETRY_MS = 2_000
const BUFFER_MAX = 10_000
const BATCH_MAX = 500

export interface Audit {
  /** For refusals and calls, which are no facts. Returns at once. */
  record(type: AuditType, data: AuditData): void
  /** Publishes what is buffered and stops. */
  close(): Promise<void>
}

export function createAudit(deps: {
  readonly service: string
  readonly bus: Publisher
  readonly clock: Clock
  readonly log: Logger
}): Audit {
  const buffer: AuditEvent[] = []
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> | undefined
  let closed = false

  const publish = (event: AuditEvent) =>
    deps.bus.publish(auditSubject(event), event.id, toCloudEvent(event, deps.service))

  async function flush(): Promise<void> {
    while (buffer.length > 0) {
      const batch = buffer.slice(0, BATCH_MAX)
      await Promise.all(batch.map(publish))
      buffer.splice(0, batch.length)
      if (dropped > 0) reportDropped()
    }
  }

  function reportDropped(): void {
    buffer.push({
      id: newId(),
      type: 'audit.gap.events-lost',
      at: deps.clock(),
      data: { decision: 'recorded', reason: `${dropped} events` },
    })
    dropped = 0
  }

  function schedule(ms: number): void {
    if (timer || closed) return
    timer = setTimeout(() => {
      timer = undefined
      flushing = flush().then(undefined, (error) => {
        deps.log.warn({ err: error, buffered: buffer.length }, 'audit events are kept until the bus takes them')
        schedule(RETRY_MS)
      })
    }, ms)
    timer.unref()
  }

  return {
    record(type, data) {
      if (buffer.length >= BUFFER_MAX) {
        dropped++
        return
      }
      buffer.push({ id: newId(), type, at: deps.clock(), data })
      schedule(FLUSH_MS)
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await flushing
      await flush().catch((error: unknown) =>
        deps.log.warn({ err: error, lost: buffer.length }, 'audit events lost at exit'),
      )
    },
  }
}

/**
 * A service's own facts told as audit events, from a durable consumer: at least once, with ids that make a repeat the same
 * event. One request may leave a commit of the same id in several streams, so the durable's name stands before it.
 */
export function auditFacts(
  deps: { readonly service: string; readonly bus: Publisher & StreamReader },
  durable: DurableSpec,
  tell: (message: Parameters<MessageHandler>[0]) => readonly AuditEvent[],
): Promise<Subscription> {
  return deps.bus.consume({ stream: durable.stream, name: durable.name }, async (message) => {
    for (const event of tell(message)) {
      const unique = { ...event, id: `${durable.name}.${event.id}` }
      await deps.bus.publish(auditSubject(unique), unique.id, toCloudEvent(unique, deps.service))
    }
  })
}
