/** One subscription to a durable: takes a message, waits for the handler, takes the next. */
import { Unavailable } from '@gateway/kernel'
import type { FailureListener, FailurePlace, MessageHandler, Subscription } from '../ports.ts'
import type { Delivery, Durable } from './durable.ts'
import { toMessage } from './message.ts'
import type { Streams } from './streams.ts'

const SLICE = 100

export class Worker implements Subscription {
  readonly #place: FailurePlace
  readonly #handler: MessageHandler
  readonly #onFailure: FailureListener
  readonly #cancel: () => void
  #leave: (() => void) | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(
    streams: Streams,
    source: { readonly stream: string; readonly name: string },
    handler: MessageHandler,
    onFailure: FailureListener,
  ) {
    this.#place = { activity: 'consume', of: `${source.stream}/${source.name}` }
    this.#handler = handler
    this.#onFailure = onFailure
    if (!streams.durable(source.stream, source.name)) {
      onFailure(new Unavailable('bus', { cause: new Error('no such durable (yet)') }), this.#place)
    }
    this.#cancel = streams.when(
      () => streams.durable(source.stream, source.name),
      (durable) => {
        this.#leave = durable.join(() => {
          this.#running ??= this.#run(durable)
        })
      },
    )
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    this.#leave?.()
    await this.#running
  }

  async #run(durable: Durable): Promise<void> {
    // After the turn of the append that woke it, so that a publisher never runs a subscriber's code.
    await Promise.resolve()
    for (let handled = 1; !this.#stopped; handled++) {
      // A long backlog of quick handlers would otherwise keep timers and sockets waiting.
      if (handled % SLICE === 0) await new Promise((resolve) => setImmediate(resolve))
      const delivery = durable.take()
      if (!delivery) break
      await this.#handle(durable, delivery)
    }
    this.#running = undefined
  }

  async #handle(durable: Durable, delivery: Delivery): Promise<void> {
    try {
      await this.#handler(toMessage(delivery.message))
      durable.done(delivery)
    } catch (error) {
      this.#onFailure(error, this.#place)
      durable.retry(delivery)
    }
  }
}
