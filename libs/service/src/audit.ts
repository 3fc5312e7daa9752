/**
 * Records what happened for whoever audits: a bounded buffer that never makes a request wait, flushed in the background
 * with stable ids, so that a resend is stored once. What had to be dropped, and in `audit.mode: strict` what was refused
 * rather than dropped, is counted, measured and reported as an event itself.
 */
import type { Bus, MessageHandler, Publisher, StreamReader, Subscription } from '@gateway/bus'
import {
  type AuditData,
  type AuditEvent,
  type AuditType,
  auditSubject,
  type DurableSpec,
  toCloudEvent,
} from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import type { AppDeps } from './app.ts'
import { type AddressMode, reducedAddress } from './audit-address.ts'
import { type AuditCounts, measureAudit } from './audit-metrics.ts'

const FLUSH_MS = 10
/** After a failure while connected: the stream is full, missing or slow. */
const RETRY_MS = 2_000
/** While disconnected, between two looks whether it still is. */
const LOOK_MS = 100
const BUFFER_MAX = 10_000
const BATCH_MAX = 500
/** The rest of the buffer is for what is under way when strict mode begins to refuse. */
const STRICT_BUFFER_MAX = 5_000
/** A batch is acknowledged in milliseconds; after this long strict mode takes the bus for gone. */
const STRICT_WAIT_MS = 1_000

/** For whoever answers 503 because {@link Audit.admits} said no. */
export const AUDIT_RETRY_AFTER_SECONDS = 2

export interface Audit {
  /** For refusals and calls, which are no facts. Returns at once. */
  record(type: AuditType, data: AuditData): void
  /**
   * Whether what is decided from now on can be recorded; without `audit.mode: strict` always. A no is to be answered with 503,
   * and is not to be recorded: it is counted here.
   */
  admits(): boolean
  /** Publishes what is buffered and stops. */
  close(): Promise<void>
}

export interface AuditDeps extends Pick<AppDeps, 'config' | 'clock' | 'log' | 'metrics'> {
  readonly bus: Publisher & Pick<Bus, 'status'>
}

/** @param service whose events these are */
export function createAudit(service: string, deps: AuditDeps): Audit {
  const audit = new BufferedAudit(service, deps)
  measureAudit(deps.metrics, service, () => audit.counts())
  return audit
}

class BufferedAudit implements Audit {
  readonly #service: string
  readonly #deps: AuditDeps
  readonly #strict: boolean
  readonly #address: AddressMode
  readonly #buffer: AuditEvent[] = []
  /** Ids are random once and counted from then on: unique among all replicas, at a fraction of the cost. */
  readonly #idPrefix = newId()
  #recorded = 0
  #stored = 0
  readonly #lost = { total: 0, untold: 0 }
  readonly #refused = { total: 0, untold: 0 }
  #timer: NodeJS.Timeout | undefined
  /** At most one flush at a time, or two would take the same events off the buffer twice. */
  #flushing: Promise<void> | undefined
  /** When the batch under way was sent; undefined between batches. */
  #sentAt: number | undefined
  #failing = false
  #closed = false

  constructor(service: string, deps: AuditDeps) {
    this.#service = service
    this.#deps = deps
    this.#strict = deps.config.audit.mode === 'strict'
    this.#address = deps.config.audit.address
  }

  record(type: AuditType, data: AuditData): void {
    if (this.#buffer.length >= BUFFER_MAX) {
      count(this.#lost)
      return
    }
    this.#buffer.push(this.#event(type, data))
    this.#schedule(FLUSH_MS)
  }

  admits(): boolean {
    if (!this.#strict || !this.#behind()) return true
    count(this.#refused)
    this.#schedule(LOOK_MS)
    return false
  }

  counts(): AuditCounts {
    const { length: buffered } = this.#buffer
    return { stored: this.#stored, lost: this.#lost.total, refused: this.#refused.total, buffered }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#flushing
    await this.#flush().catch((error: unknown) =>
      this.#deps.log.warn({ err: error, lost: this.#buffer.length }, 'audit events lost at exit'),
    )
  }

  #behind(): boolean {
    if (this.#failing || this.#buffer.length >= STRICT_BUFFER_MAX || this.#deps.bus.status() !== 'up') return true
    return this.#sentAt !== undefined && this.#deps.clock() - this.#sentAt > STRICT_WAIT_MS
  }

  #schedule(ms: number): void {
    if (this.#timer || this.#flushing || this.#closed) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#deps.bus.status() === 'down') this.#schedule(LOOK_MS)
      else this.#flushing = this.#flushInBackground()
    }, ms)
    this.#timer.unref()
  }

  async #flushInBackground(): Promise<void> {
    try {
      await this.#flush()
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#deps.log.warn({ err: error }, 'audit events are kept until the bus takes them')
      this.#failing = true
    }
    this.#flushing = undefined
    this.#sentAt = undefined
    if (this.#failing) this.#schedule(this.#deps.bus.status() === 'down' ? LOOK_MS : RETRY_MS)
    else if (this.#buffer.length > 0) this.#schedule(FLUSH_MS)
  }

  /** An event leaves the buffer once it is stored; what fails is sent again with the same id, which the stream stores once. */
  async #flush(): Promise<void> {
    if (this.#buffer.length === 0) this.#tellGaps()
    while (this.#buffer.length > 0) {
      const batch = this.#buffer.slice(0, BATCH_MAX)
      this.#sentAt = this.#deps.clock()
      await Promise.all(batch.map((event) => this.#publish(event)))
      this.#buffer.splice(0, batch.length)
      this.#stored += batch.length
      this.#tellGaps()
    }
  }

  #event(type: AuditType, data: AuditData): AuditEvent {
    return { id: `${this.#idPrefix}-${(this.#recorded++).toString(36)}`, type, at: this.#deps.clock(), data }
  }

  #publish(event: AuditEvent): Promise<void> {
    const address = reducedAddress(event.data.address, this.#address)
    const told = { ...event, data: { ...event.data, address } }
    return this.#deps.bus.publish(auditSubject(told), event.id, toCloudEvent(told, this.#service))
  }

  /** Once the bus takes events again. */
  #tellGaps(): void {
    this.#tellGap('audit.gap.events-lost', this.#lost, 'events')
    this.#tellGap('audit.gap.requests-refused', this.#refused, 'requests')
  }

  #tellGap(type: AuditType, counted: { untold: number }, what: string): void {
    if (counted.untold === 0) return
    this.#buffer.push(this.#event(type, { decision: 'recorded', reason: `${counted.untold} ${what}` }))
    counted.untold = 0
  }
}

function count(counted: { total: number; untold: number }): void {
  counted.total++
  counted.untold++
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
