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

export interface AuditDeps {
  readonly service: string
  readonly bus: Publisher
  readonly clock: Clock
  readonly log: Logger
}

export function createAudit(deps: AuditDeps): Audit {
  return new BufferedAudit(deps)
}

class BufferedAudit implements Audit {
  readonly #deps: AuditDeps
  readonly #buffer: AuditEvent[] = []
  /** Ids are random once and counted from then on: unique among all replicas, at a fraction of the cost. */
  readonly #idPrefix = newId()
  #recorded = 0
  #dropped = 0
  #timer: NodeJS.Timeout | undefined
  /** At most one flush at a time, or two would take the same events off the buffer twice. */
  #flushing: Promise<void> | undefined
  #closed = false

  constructor(deps: AuditDeps) {
    this.#deps = deps
  }

  record(type: AuditType, data: AuditData): void {
    if (this.#buffer.length >= BUFFER_MAX) {
      this.#dropped++
      return
    }
    this.#buffer.push({ id: this.#nextId(), type, at: this.#deps.clock(), data })
    this.#schedule(FLUSH_MS)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#flushing
    await this.#flush().catch((error: unknown) =>
      this.#deps.log.warn({ err: error, lost: this.#buffer.length }, 'audit events lost at exit'),
    )
  }

  #schedule(ms: number): void {
    if (this.#timer || this.#flushing || this.#closed) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#flushing = this.#flushInBackground()
    }, ms)
    this.#timer.unref()
  }

  async #flushInBackground(): Promise<void> {
    let retry = false
    try {
      await this.#flush()
    } catch (error) {
      retry = true
      this.#deps.log.warn(
        { err: error, buffered: this.#buffer.length },
        'audit events are kept until the bus takes them',
      )
    }
    this.#flushing = undefined
    if (retry) this.#schedule(RETRY_MS)
    else if (this.#buffer.length > 0) this.#schedule(FLUSH_MS)
  }

  /** An event leaves the buffer once it is stored; what fails is sent again with the same id, which the stream stores once. */
  async #flush(): Promise<void> {
    while (this.#buffer.length > 0) {
      const batch = this.#buffer.slice(0, BATCH_MAX)
      await Promise.all(batch.map((event) => this.#publish(event)))
      this.#buffer.splice(0, batch.length)
      if (this.#dropped > 0) this.#reportDropped()
    }
  }

  #nextId(): string {
    return `${this.#idPrefix}-${(this.#recorded++).toString(36)}`
  }

  #publish(event: AuditEvent): Promise<void> {
    return this.#deps.bus.publish(auditSubject(event), event.id, toCloudEvent(event, this.#deps.service))
  }

  #reportDropped(): void {
    this.#buffer.push({
      id: this.#nextId(),
      type: 'audit.gap.events-lost',
      at: this.#deps.clock(),
      data: { decision: 'recorded', reason: `${this.#dropped} events` },
    })
    this.#dropped = 0
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
