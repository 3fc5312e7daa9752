/**
 * A view kept up to date with one stream: replay, then follow, through an ephemeral consumer without acknowledgements whose
 * order is checked here. Every session asks first whether the stream is still the same one.
 */

import { newId, Unavailable } from '@gateway/kernel'
import type { ConsumerConfig, JsMsg, NatsConnection, StreamInfo } from 'nats'
import { AckPolicy, DeliverPolicy, nanos } from 'nats'
import type { FailureListener, Projection, Source, View } from '../ports.ts'
import type { Connection } from './connection.ts'
import { api, apiCodeOf } from './errors.ts'
import { Follower, missing, type Session } from './follower.ts'
import { toStored } from './stored.ts'

/** With the defaults a lost consumer is noticed after 45 s and more. */
export const PULL = { expires: 5_000, idle_heartbeat: 1_000, abort_on_missing_resource: true }
const BATCH = 1_000
/** How long the server keeps the consumer of a process that vanished. */
const ABANDONED_MS = 30_000

type Options = Source & { readonly since?: number }

export class NatsProjection implements Projection, Session {
  readonly #connection: Connection
  readonly #nc: NatsConnection
  readonly #options: Options
  readonly #view: View
  readonly #onFailure: FailureListener
  readonly #caughtUp = Promise.withResolvers<void>()
  readonly #follower: Follower
  /** `created` of the stream that the view was folded from. */
  #created: string | undefined
  #position = 0
  #pending = Number.POSITIVE_INFINITY

  constructor(connection: Connection, options: Options, view: View, onFailure: FailureListener) {
    this.#connection = connection
    this.#nc = connection.nc
    this.#options = options
    this.#view = view
    this.#onFailure = onFailure
    // Whoever stops early need not wait for it.
    this.#caughtUp.promise.catch(() => undefined)
    this.#follower = new Follower(connection, this, { activity: 'project', of: options.stream }, onFailure)
  }

  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise
  }

  lag(): number {
    return this.#pending
  }

  async stop(): Promise<void> {
    await this.#follower.stop()
    this.#caughtUp.reject(new Unavailable('bus', { cause: new Error('the projection was stopped') }))
  }

  async run(ended: AbortSignal, established: () => void): Promise<void> {
    const manager = await this.#connection.manager()
    const { stream } = this.#options
    const info = await manager.streams.info(stream).catch((error: unknown) => {
      throw apiCodeOf(error) === api.streamNotFound ? missing(`stream ${stream}`) : error
    })
    this.#rebuildIfOther(info)
    const consumer = await manager.consumers.add(stream, this.#consumerConfig())
    this.#progress(consumer.num_pending)
    established()
    const messages = await this.#nc
      .jetstream()
      .consumers.getPullConsumerFor(consumer)
      .consume({ max_messages: BATCH, ...PULL })
    const end = () => messages.stop()
    ended.addEventListener('abort', end)
    try {
      if (!ended.aborted) await this.#applyAll(messages, ended)
    } finally {
      ended.removeEventListener('abort', end)
      messages.stop()
      if (this.#connection.status() === 'up') manager.consumers.delete(stream, consumer.name).catch(() => undefined)
    }
  }

  /** A wiped, recreated or restored stream begins anew, and going on at "last seen + 1" would skip its first messages. */
  #rebuildIfOther(info: StreamInfo): void {
    const same =
      this.#created === undefined || (this.#created === info.created && info.state.last_seq >= this.#position)
    this.#created = info.created
    if (same) return
    this.#position = 0
    this.#view.reset()
  }

  #consumerConfig(): Partial<ConsumerConfig> {
    const { subject, since } = this.#options
    const start =
      this.#position > 0
        ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#position + 1 }
        : since === undefined
          ? { deliver_policy: DeliverPolicy.All }
          : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(since).toISOString() }
    return {
      name: newId(),
      // One filter: it stands in the subject of the request, where the server's permissions can see it.
      filter_subject: subject,
      ack_policy: AckPolicy.None,
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(ABANDONED_MS),
      ...start,
    }
  }

  async #applyAll(messages: AsyncIterable<JsMsg>, ended: AbortSignal): Promise<void> {
    let delivered = 0
    for await (const message of messages) {
      if (ended.aborted) return
      delivered++
      if (message.info.deliverySequence !== delivered) throw new Error(`a gap in ${this.#options.stream}`)
      this.#apply(message)
      this.#position = message.seq
      this.#progress(message.info.pending)
    }
  }

  /** A view never refuses a fact; one that does has a bug, and the facts after it still count. */
  #apply(message: JsMsg): void {
    try {
      this.#view.apply(toStored(message))
    } catch (error) {
      this.#onFailure(error, { activity: 'project', of: this.#options.stream })
    }
  }

  #progress(pending: number): void {
    this.#pending = pending
    if (pending === 0) this.#caughtUp.resolve()
  }
}
