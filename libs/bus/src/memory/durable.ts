/** A durable consumer: which messages are done, which are in hand and which wait to be tried again. Outlives its workers. */
import type { ResolvedDurable } from '../ports.ts'
import { retryDelayMs } from '../retry.ts'
import { subjectMatcher } from '../subjects.ts'
import type { StoredReference, Stream } from './stream.ts'

const SLICE = 256

export interface Delivery {
  readonly message: StoredReference
  /** Times it was tried before. */
  failures: number
}

/** Everything up to `position` is done, except what is `open`. */
export interface Progress {
  readonly position: number
  readonly open: readonly number[]
}

export class Durable {
  readonly #stream: Stream
  readonly #workers = new Set<() => void>()
  /** Read from the stream and not yet given to a worker; what failed comes back to its front. */
  #waiting: Delivery[] = []
  /** Sequences of what has been in a worker's hands and is not done: in hand, or waiting to be tried again. */
  readonly #open = new Set<number>()
  readonly #onProgress: () => void
  #spec: ResolvedDurable
  #matches: (subject: string) => boolean
  #position = 0

  constructor(spec: ResolvedDurable, stream: Stream, onProgress: () => void = () => undefined) {
    this.#stream = stream
    this.#onProgress = onProgress
    this.#spec = spec
    this.#matches = subjectMatcher(spec.subject ?? '>')
    stream.listen(() => this.#wake())
  }

  get spec(): ResolvedDurable {
    return this.#spec
  }

  configure(spec: ResolvedDurable): void {
    this.#spec = spec
    this.#matches = subjectMatcher(spec.subject ?? '>')
    this.#wake()
  }

  /** `wake` is called when there may be work; the result ends that. */
  join(wake: () => void): () => void {
    this.#workers.add(wake)
    wake()
    return () => this.#workers.delete(wake)
  }

  /** The next message, which now belongs to the caller until it is done, retried or returned. */
  take(): Delivery | undefined {
    for (;;) {
      if (this.#waiting.length === 0 && !this.#read()) return undefined
      const delivery = this.#waiting.shift()
      if (!delivery) continue
      // Retention may have dropped it meanwhile: as in JetStream, what is gone is not delivered.
      if (delivery.message.dropped) {
        this.#open.delete(delivery.message.sequence)
        continue
      }
      this.#open.add(delivery.message.sequence)
      return delivery
    }
  }

  done(delivery: Delivery): void {
    this.#open.delete(delivery.message.sequence)
    this.#onProgress()
  }

  progress(): Progress {
    const fresh = this.#waiting.find(({ message }) => !this.#open.has(message.sequence))
    const position = fresh ? fresh.message.sequence - 1 : this.#position
    return { position, open: [...this.#open] }
  }

  /** Takes up where an earlier process stopped; before there are workers. */
  restore({ position, open }: Progress): void {
    this.#position = position
    for (const sequence of open.toSorted((a, b) => a - b)) {
      const [message] = this.#stream.after(sequence - 1, 1)
      if (message?.sequence !== sequence) continue
      this.#waiting.push({ message, failures: 0 })
      this.#open.add(sequence)
    }
  }

  /** To be tried again after the backoff, by whichever worker is there then. */
  retry(delivery: Delivery): void {
    delivery.failures++
    setTimeout(() => {
      this.#waiting.unshift(delivery)
      this.#wake()
    }, retryDelayMs(delivery.failures)).unref()
  }

  #read(): boolean {
    const slice = this.#stream.after(this.#position, SLICE)
    this.#position = slice.at(-1)?.sequence ?? this.#position
    this.#waiting = slice
      .filter((message) => this.#matches(message.subject))
      .map((message) => ({ message, failures: 0 }))
    return slice.length > 0
  }

  #wake(): void {
    for (const wake of this.#workers) wake()
  }
}
