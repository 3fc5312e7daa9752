/** The bus of one process. What it holds is lost with the process. */
import { type Clock, systemClock, Unavailable } from '@gateway/kernel'
import { encode } from '../json.ts'
import type {
  Bus,
  FailureListener,
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

class InProcessBus implements MemoryBus {
  readonly #onFailure: FailureListener
  readonly #streams: Streams
  readonly #requests: Requests
  #closed = false

  constructor(clock: Clock, onFailure: FailureListener) {
    this.#onFailure = onFailure
    this.#streams = new Streams(clock)
    this.#requests = new Requests(clock, onFailure)
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
    return { sequence: this.#streams.of(subject).append(subject, id, encode(data), expectedSequence) }
  }

  async publish(subject: string, id: string, data: unknown): Promise<void> {
    this.#assertOpen()
    assertId(id)
    this.#streams.of(subject).append(subject, id, encode(data))
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
    return new Worker(this.#streams, durable, handler, this.#onFailure)
  }

  async ensureStream(stream: ResolvedStream, options?: { readonly check?: boolean }): Promise<Provisioned> {
    this.#assertOpen()
    return this.#streams.ensureStream(stream, options)
  }

  async ensureDurable(durable: ResolvedDurable, options?: { readonly check?: boolean }): Promise<Provisioned> {
    this.#assertOpen()
    return this.#streams.ensureDurable(durable, options)
  }

  status(): 'up' | 'closed' {
    return this.#closed ? 'closed' : 'up'
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#requests.close()
  }

  #assertOpen(): void {
    if (this.#closed) throw new Unavailable('bus', { cause: new Error('the bus is closed') })
  }
}
