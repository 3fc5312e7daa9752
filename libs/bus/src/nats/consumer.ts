/**
 * One replica's subscription to a durable consumer: one message after the other, acknowledged when the handler is done. All
 * that is held here is kept alive by progress signs, so that a slow handler is not overtaken by a redelivery.
 */
import type { ConsumerMessages, JsMsg, NatsConnection } from 'nats'
import type { FailureListener, FailurePlace, MessageHandler, Subscription } from '../ports.ts'
import { retryDelayMs } from '../retry.ts'
import type { Connection } from './connection.ts'
import { api, apiCodeOf } from './errors.ts'
import { Follower, missing, type Session } from './follower.ts'
import { PULL } from './projection.ts'
import { toStored } from './stored.ts'

/** How many may wait here; what waits here, no other replica does. */
const HELD_MAX = 64
const NANOS_PER_MS = 1_000_000
const ACK_WAIT_NANOS_DEFAULT = 30_000 * NANOS_PER_MS

export interface DurablePlace {
  readonly stream: string
  readonly name: string
}

export class NatsConsumer implements Subscription, Session {
  readonly #connection: Connection
  readonly #nc: NatsConnection
  readonly #durable: DurablePlace
  readonly #handler: MessageHandler
  readonly #onFailure: FailureListener
  readonly #place: FailurePlace
  readonly #follower: Follower
  readonly #held = new Set<JsMsg>()
  #working: Promise<void> | undefined
  #stopped = false

  constructor(connection: Connection, durable: DurablePlace, handler: MessageHandler, onFailure: FailureListener) {
    this.#connection = connection
    this.#nc = connection.nc
    this.#durable = durable
    this.#handler = handler
    this.#onFailure = onFailure
    this.#place = { activity: 'consume', of: `${durable.stream}/${durable.name}` }
    this.#follower = new Follower(connection, this, this.#place, onFailure)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#follower.stop()
    await this.#working
    // Another replica, or the next start, need not wait for the acknowledgement to time out.
    for (const message of this.#held) message.nak()
    this.#held.clear()
    await this.#connection.flush()
  }

  async run(ended: AbortSignal, established: () => void): Promise<void> {
    const { stream, name } = this.#durable
    const manager = await this.#connection.manager()
    const info = await manager.consumers.info(stream, name).catch((error: unknown) => {
      const code = apiCodeOf(error)
      throw code === api.consumerNotFound || code === api.streamNotFound ? missing(`durable ${stream}/${name}`) : error
    })
    established()
    const ackWaitMs = (info.config.ack_wait ?? ACK_WAIT_NANOS_DEFAULT) / NANOS_PER_MS
    const alive = setInterval(() => this.#signalProgress(), ackWaitMs / 3)
    const messages = await this.#nc
      .jetstream()
      .consumers.getPullConsumerFor(info)
      .consume({ max_messages: HELD_MAX, ...PULL, callback: (message) => this.#hold(message) })
    const end = () => messages.stop()
    ended.addEventListener('abort', end)
    try {
      if (!ended.aborted) await closed(messages)
    } finally {
      ended.removeEventListener('abort', end)
      messages.stop()
      clearInterval(alive)
    }
  }

  #hold(message: JsMsg): void {
    this.#held.add(message)
    this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    for (const message of this.#held) {
      if (this.#stopped) break
      await this.#handle(message)
      this.#held.delete(message)
    }
    this.#working = undefined
  }

  /** Whatever fails comes back, for ever, ever more slowly: a fact that nobody could handle is reported, never dropped. */
  async #handle(message: JsMsg): Promise<void> {
    try {
      await this.#handler(toStored(message))
      message.ack()
    } catch (error) {
      this.#onFailure(error, this.#place)
      message.nak(retryDelayMs(message.info.redeliveryCount))
    }
  }

  #signalProgress(): void {
    for (const message of this.#held) message.working()
  }
}

async function closed(messages: ConsumerMessages): Promise<void> {
  const error = await messages.closed()
  if (error) throw error
}
