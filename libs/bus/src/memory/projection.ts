/** A view kept up to date with one stream: replay in slices that leave the event loop free, then follow. */
import { Unavailable } from '@gateway/kernel'
import type { FailureListener, Projection, Source, View } from '../ports.ts'
import { subjectMatcher } from '../subjects.ts'
import { toMessage } from './message.ts'
import type { Stream } from './stream.ts'
import type { Streams } from './streams.ts'

const SLICE = 500

type Options = Source & { readonly since?: number }

export class MemoryProjection implements Projection {
  readonly #options: Options
  readonly #view: View
  readonly #onFailure: FailureListener
  readonly #matches: (subject: string) => boolean
  readonly #caughtUp = Promise.withResolvers<void>()
  readonly #cancel: () => void
  #stream: Stream | undefined
  #unlisten: (() => void) | undefined
  #position = 0
  #target = 0
  #scheduled = false
  #stopped = false

  constructor(streams: Streams, options: Options, view: View, onFailure: FailureListener) {
    this.#options = options
    this.#view = view
    this.#onFailure = onFailure
    this.#matches = subjectMatcher(options.subject)
    // Whoever stops early need not wait for it.
    this.#caughtUp.promise.catch(() => undefined)
    if (!streams.stream(options.stream)) {
      const cause = new Error('no such stream (yet)')
      onFailure(new Unavailable('bus', { cause }), { activity: 'project', of: options.stream })
    }
    this.#cancel = streams.when(
      () => streams.stream(options.stream),
      (stream) => this.#follow(stream),
    )
  }

  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise
  }

  lag(): number {
    if (!this.#stream) return Number.POSITIVE_INFINITY
    if (this.#position === this.#stream.lastSequence) return 0
    const waiting = this.#stream.after(this.#position, Number.POSITIVE_INFINITY)
    return waiting.filter((message) => this.#selects(message)).length
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    this.#unlisten?.()
    this.#caughtUp.reject(new Unavailable('bus', { cause: new Error('the projection was stopped') }))
  }

  #follow(stream: Stream): void {
    this.#stream = stream
    this.#target = stream.lastSequence
    this.#unlisten = stream.listen(() => this.#schedule(queueMicrotask))
    this.#schedule(queueMicrotask)
  }

  #schedule(later: (work: () => void) => void): void {
    if (this.#scheduled) return
    this.#scheduled = true
    later(() => {
      this.#scheduled = false
      if (!this.#stopped && this.#stream) this.#advance(this.#stream)
    })
  }

  #advance(stream: Stream): void {
    const slice = stream.after(this.#position, SLICE)
    for (const message of slice) {
      this.#position = message.sequence
      if (this.#selects(message)) this.#apply(message)
    }
    if (slice.length === SLICE) this.#schedule(setImmediate)
    else this.#position = stream.lastSequence
    if (this.#position >= this.#target) this.#caughtUp.resolve()
  }

  #selects(message: { readonly subject: string; readonly time: number }): boolean {
    const { since = Number.NEGATIVE_INFINITY } = this.#options
    return message.time >= since && this.#matches(message.subject)
  }

  /** A view never refuses a fact; one that does has a bug, and the facts after it still count. */
  #apply(message: Parameters<typeof toMessage>[0]): void {
    try {
      this.#view.apply(toMessage(message))
    } catch (error) {
      this.#onFailure(error, { activity: 'project', of: this.#options.stream })
    }
  }
}
