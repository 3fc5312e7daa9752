/** The bus over NATS and JetStream: any number of processes, facts that outlive them all. */
import { type Clock, systemClock } from '@gateway/kernel'
import { Parking } from '../parking.ts'
import type {
  AskContext,
  Bus,
  FailureListener,
  MessageHandler,
  Projection,
  Provisioned,
  Provisioner,
  RequestHandler,
  ResolvedDurable,
  ResolvedStream,
  Source,
  StoredMessage,
  Subscription,
  View,
} from '../ports.ts'
import { warnOfFailure } from '../retry.ts'
import { assertFilter, assertName } from '../subjects.ts'
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts'
import { NatsConsumer } from './consumer.ts'
import { NatsEventStore, type StreamPlace } from './event-store.ts'
import { NatsProjection } from './projection.ts'
import { NatsProvisioner } from './provisioner.ts'
import { assertStreamsSafe } from './replication.ts'
import { ReplyInbox } from './reply-inbox.ts'
import { request, Service } from './requests.ts'

export interface NatsBusOptions extends ConnectionOptions {
  /** The streams that are read by subject or appended to; `Object.values(streams)` of `@gateway/contracts`. */
  readonly streams: readonly StreamPlace[]
  /** Those of them that this connection depends on: none may be replicated by a server that does it unsafely. */
  readonly dependsOn?: readonly string[] | undefined
  readonly clock?: Clock | undefined
  readonly onFailure?: FailureListener | undefined
}

export interface NatsBus extends Bus, Provisioner {}

/**
 * Waits for a server that is not there yet.
 * @throws Misconfigured the address is malformed, the key is refused, or the server replicates streams unsafely
 */
export async function connectNats(options: NatsBusOptions): Promise<NatsBus> {
  const onFailure = options.onFailure ?? warnOfFailure
  const connection = await openConnection(options, onFailure)
  try {
    await assertStreamsSafe(connection, options.dependsOn ?? [], onFailure)
  } catch (error) {
    await connection.close()
    throw error
  }
  return new JetStreamBus(connection, options, options.clock ?? systemClock, onFailure)
}

class JetStreamBus implements NatsBus {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #onFailure: FailureListener
  readonly #inbox: ReplyInbox
  readonly #store: NatsEventStore
  readonly #provisioner: NatsProvisioner
  readonly #parking: Parking

  constructor(connection: Connection, options: NatsBusOptions, clock: Clock, onFailure: FailureListener) {
    this.#connection = connection
    this.#clock = clock
    this.#onFailure = onFailure
    this.#inbox = new ReplyInbox(connection, options.inboxPrefix)
    this.#store = new NatsEventStore(this.#inbox, options.streams)
    this.#parking = new Parking(this, clock, onFailure)
    this.#provisioner = new NatsProvisioner(connection, (stream) => this.#store.learn(stream))
  }

  request(subject: string, data: unknown, context: AskContext): Promise<unknown> {
    return request(this.#inbox, this.#clock, subject, data, context)
  }

  async serve(subject: string, queue: string, handler: RequestHandler): Promise<Subscription> {
    const deps = { connection: this.#connection, clock: this.#clock, onFailure: this.#onFailure }
    const service = new Service(deps, subject, queue, handler)
    // Once the server knows of it, nobody is told that nobody serves it.
    await this.#connection.flush()
    return service
  }

  last(subject: string): Promise<StoredMessage | undefined> {
    return this.#store.last(subject)
  }

  append(subject: string, id: string, data: unknown, expectedSequence: number): Promise<{ sequence: number }> {
    return this.#store.append(subject, id, data, expectedSequence)
  }

  publish(subject: string, id: string, data: unknown): Promise<void> {
    return this.#store.publish(subject, id, data)
  }

  async project(source: Source & { readonly since?: number }, view: View): Promise<Projection> {
    assertName(source.stream)
    assertFilter(source.subject)
    return new NatsProjection(this.#connection, source, view, this.#onFailure)
  }

  async consume(
    durable: { readonly stream: string; readonly name: string },
    handler: MessageHandler,
  ): Promise<Subscription> {
    assertName(durable.stream)
    assertName(durable.name)
    return new NatsConsumer(this.#connection, durable, this.#parking.guard(durable, handler), this.#onFailure)
  }

  redeliver(durable: { readonly stream: string; readonly name: string }, sequence: number): Promise<void> {
    return this.#parking.redeliver(durable, sequence)
  }

  at(stream: string, sequence: number): Promise<StoredMessage | undefined> {
    return this.#store.at(stream, sequence)
  }

  async ensureStream(stream: ResolvedStream, options?: { readonly check?: boolean }): Promise<Provisioned> {
    this.#connection.assertUp()
    return this.#provisioner.ensureStream(stream, options)
  }

  async ensureDurable(durable: ResolvedDurable, options?: { readonly check?: boolean }): Promise<Provisioned> {
    this.#connection.assertUp()
    return this.#provisioner.ensureDurable(durable, options)
  }

  status(): 'up' | 'down' | 'closed' {
    return this.#connection.status()
  }

  async close(): Promise<void> {
    this.#inbox.close()
    await this.#connection.close()
  }
}
