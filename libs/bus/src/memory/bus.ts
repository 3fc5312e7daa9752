/** The bus of one process. What it holds is lost with the process. */
import { type Clock, systemClock, Unavailable } from '@gateway/kernel'
import { encode } from '../json.ts'
import { Parking } from '../parking.ts'
import type {
  Bus,
  FailureListener,
  Journal,
  MessageHandler,
  Projection,
  Provisioned,
  Provisioner,
  RequestContext,
  RequestHandler,
  ResolvedDurable,
  ResolvedStream,
  Source,
  StoredMessage,
  Subscription,
  View,
} from '../ports.ts'
import { warnOfFailure } from '../retry.ts'
import { assertFilter, assertId } from '../subjects.ts'
import { JournalWriter } from './journal-writer.ts'
import { Kept } from './kept.ts'
import { MemoryProjection } from './projection.ts'
import { Requests } from './requests.ts'
import { Streams } from './streams.ts'
import { Worker } from './worker.ts'

export interface MemoryBusOptions {
  readonly clock?: Clock
  readonly onFailure?: FailureListener
}

export interface MemoryBus extends Bus, Provisioner {}

export function memoryBus(options: MemoryBusOptions = {}): MemoryBus {
  return new InProcessBus(options.clock ?? systemClock, options.onFailure ?? warnOfFailure)
}

/**
 * The bus of one process whose facts outlive it: what is acknowledged is in the journal, from which the streams are filled
 * again as they are provisioned. @throws Misconfigured, Unavailable what the journal throws
 */
export async function journalledBus(options: MemoryBusOptions & { readonly journal: Journal }): Promise<MemoryBus> {
  const { journal, clock = systemClock, onFailure = warnOfFailure } = options
  return new InProcessBus(clock, onFailure, { journal, kept: await Kept.from(journal) })
}

class InProcessBus implements MemoryBus {
  readonly #onFailure: FailureListener
  readonly #streams: Streams
  readonly #requests: Requests
  readonly #writer: JournalWriter | undefined
  readonly #parking: Parking
  #closed = false

  constructor(clock: Clock, onFailure: FailureListener, memory?: { readonly journal: Journal; readonly kept: Kept }) {
    this.#onFailure = onFailure
    this.#streams = new Streams(clock, {
      kept: memory?.kept,
      onDropped: (stream, sequence) => this.#writer?.dropped(stream, sequence),
      onProgress: (durable) => this.#writer?.progressed(durable),
    })
    this.#writer = memory && new JournalWriter(memory.journal, this.#streams, onFailure)
    this.#requests = new Requests(clock, onFailure)
    this.#parking = new Parking(this, clock, onFailure)
  }

  async request(subject: string, data: unknown, context: RequestContext): Promise<unknown> {
    this.#assertOpen()
    return this.#requests.request(subject, data, context)
  }

  async serve(subject: string, queue: string, handler: RequestHandler): Promise<Subscription> {
    this.#assertOpen()
    return this.#requests.serve(subject, queue, handler)
  }

  async last(subject: string): Promise<StoredMessage | undefined> {
    this.#assertOpen()
    return this.#streams.of(subject).last(subject)
  }

  async append(subject: string, id: string, data: unknown, expectedSequence: number): Promise<{ sequence: number }> {
    this.#assertOpen()
    assertId(id)
    return { sequence: await this.#append(subject, id, encode(data), expectedSequence) }
  }

  async publish(subject: string, id: string, data: unknown): Promise<void> {
    this.#assertOpen()
    assertId(id)
    await this.#append(subject, id, encode(data))
  }

  async project(source: Source & { readonly since?: number }, view: View): Promise<Projection> {
    this.#assertOpen()
    assertFilter(source.subject)
    return new MemoryProjection(this.#streams, source, view, this.#onFailure)
  }

  async consume(
    durable: { readonly stream: string; readonly name: string },
    handler: MessageHandler,
  ): Promise<Subscription> {
    this.#assertOpen()
    return new Worker(this.#streams, durable, this.#parking.guard(durable, handler), this.#onFailure)
  }

  async redeliver(durable: { readonly stream: string; readonly name: string }, sequence: number): Promise<void> {
    this.#assertOpen()
    await this.#parking.redeliver(durable, sequence)
  }

  async at(stream: string, sequence: number): Promise<StoredMessage | undefined> {
    this.#assertOpen()
    return this.#streams.stream(stream)?.at(sequence)
  }

  async ensureStream(stream: ResolvedStream, options?: { readonly check?: boolean }): Promise<Provisioned> {
    this.#assertOpen()
    return this.#streams.ensureStream(stream, options)
  }

  async ensureDurable(durable: ResolvedDurable, options?: { readonly check?: boolean }): Promise<Provisioned> {
    this.#assertOpen()
    return this.#streams.ensureDurable(durable, options)
  }

  status(): 'up' | 'down' | 'closed' {
    if (this.#closed) return 'closed'
    return this.#writer?.problem ? 'down' : 'up'
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#requests.close()
    await this.#writer?.close()
  }

  async #append(subject: string, id: string, json: string, expectedSequence?: number): Promise<number> {
    const stream = this.#streams.of(subject)
    if (!this.#writer) return stream.append(subject, id, json, expectedSequence)
    return this.#writer.append({ stream, subject, id, json, expectedSequence })
  }

  #assertOpen(): void {
    if (this.#closed) throw new Unavailable('bus', { cause: new Error('the bus is closed') })
  }
}
