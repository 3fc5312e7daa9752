/**
 * Appends of a bus that has a journal: what is asked meanwhile waits, and goes into the next batch as one write. Nobody sees
 * a message before it is durable, and whoever asked is told after that.
 */
import { Misconfigured, Unavailable } from '@gateway/kernel'
import type { FailureListener, FailurePlace, Journal } from '../ports.ts'
import { pause, retryDelayMs } from '../retry.ts'
import type { Durable } from './durable.ts'
import { durableText, messageKey, messageText, streamText, type Text } from './kept.ts'
import type { Stream } from './stream.ts'
import type { Streams } from './streams.ts'

const BATCH_MAX = 1_000
/** How long the progress of a durable may wait for a batch to travel with: after a crash its messages come again. */
const PROGRESS_MS = 200
const RETRY_MS_MAX = 1_000
const PLACE: FailurePlace = { activity: 'journal', of: 'journal' }

interface Asked {
  readonly stream: Stream
  readonly subject: string
  readonly id: string
  readonly json: string
  readonly expectedSequence: number | undefined
  readonly resolve: (sequence: number) => void
  readonly reject: (error: unknown) => void
}

export class JournalWriter {
  readonly #journal: Journal
  readonly #streams: Streams
  readonly #onFailure: FailureListener
  readonly #closing = new AbortController()
  readonly #dropped = new Map<string, number[]>()
  readonly #progressed = new Set<Durable>()
  #asked: Asked[] = []
  #working: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #problem: Unavailable | undefined

  constructor(journal: Journal, streams: Streams, onFailure: FailureListener) {
    this.#journal = journal
    this.#streams = streams
    this.#onFailure = onFailure
  }

  /** Why nothing is written at the moment. */
  get problem(): Unavailable | undefined {
    return this.#problem
  }

  append(asked: Omit<Asked, 'resolve' | 'reject'>): Promise<number> {
    if (this.#problem) throw this.#problem
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.#asked.push({ ...asked, resolve, reject })
    this.#wake()
    return promise
  }

  /** Told of what retention dropped: the next batch drops it from the journal. */
  dropped(stream: string, sequence: number): void {
    const sequences = this.#dropped.get(stream)
    if (sequences) sequences.push(sequence)
    else this.#dropped.set(stream, [sequence])
  }

  progressed(durable: Durable): void {
    this.#progressed.add(durable)
    this.#timer ??= setTimeout(() => this.#wake(), PROGRESS_MS)
    this.#timer.unref()
  }

  /** Writes what is asked and known, then lets the journal go. */
  async close(): Promise<void> {
    this.#wake()
    this.#closing.abort()
    await this.#working
    clearTimeout(this.#timer)
    await this.#journal.close()
  }

  #wake(): void {
    if (!this.#problem) this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    // What is asked in the same turn is one batch.
    await Promise.resolve()
    do await this.#writeBatch(this.#asked.splice(0, BATCH_MAX))
    while (this.#asked.length > 0)
    this.#working = undefined
  }

  async #writeBatch(asked: readonly Asked[]): Promise<void> {
    const puts: Text[] = []
    const placed: { readonly asked: Asked; readonly sequence: number }[] = []
    for (const each of asked) {
      try {
        const { sequence, added } = each.stream.stage(each.subject, each.id, each.json, each.expectedSequence)
        if (added) puts.push(messageText(each.stream.spec.name, added))
        placed.push({ asked: each, sequence })
      } catch (error) {
        each.reject(error)
      }
    }
    const removes = this.#takeChanges(puts)
    const kept = puts.length === 0 || (await this.#write({ puts, removes }, asked))
    for (const stream of new Set(asked.map((each) => each.stream))) stream.settle(kept)
    if (kept) for (const each of placed) each.asked.resolve(each.sequence)
  }

  /** Beside the messages. What a failed batch forgets here is found again: at the next change, or by retention after a restart. */
  #takeChanges(puts: Text[]): readonly string[] {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const durable of this.#progressed) puts.push(durableText(durable))
    this.#progressed.clear()
    const removes: string[] = []
    for (const [name, sequences] of this.#dropped) {
      const stream = this.#streams.stream(name)
      if (stream) puts.push(streamText(stream))
      for (const sequence of sequences) removes.push(messageKey(name, sequence))
    }
    this.#dropped.clear()
    return removes
  }

  /** Whether the batch is kept. Who waits is told of a failure at once; nothing more is taken until the journal is sure. */
  async #write(
    batch: { readonly puts: readonly Text[]; readonly removes: readonly string[] },
    asked: readonly Asked[],
  ): Promise<boolean> {
    try {
      await this.#journal.write({ ...batch, everything: () => this.#streams.texts() })
      return true
    } catch (error) {
      this.#fail(error, [...asked, ...this.#asked.splice(0)])
      return this.#settled()
    }
  }

  async #settled(): Promise<boolean> {
    for (let failures = 1; !this.#closing.signal.aborted; failures++) {
      try {
        const kept = await this.#journal.settle()
        this.#problem = undefined
        return kept
      } catch (error) {
        this.#fail(error, [])
        // Another process has taken it: this one is over.
        if (error instanceof Misconfigured) return false
        await pause(retryDelayMs(failures, RETRY_MS_MAX), this.#closing.signal)
      }
    }
    return false
  }

  #fail(error: unknown, asked: readonly Asked[]): void {
    const before = this.#problem
    this.#problem = new Unavailable('bus', { cause: error, retryAfterSeconds: 1 })
    for (const each of asked) each.reject(this.#problem)
    const known = before?.cause instanceof Error && error instanceof Error && before.cause.message === error.message
    if (!known) this.#onFailure(error, PLACE)
  }
}
