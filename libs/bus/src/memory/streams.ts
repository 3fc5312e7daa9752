/** The streams of one in-process bus and their durables: provisioning, and finding the one that holds a subject. */
import { type Clock, Misconfigured, Unavailable } from '@gateway/kernel'
import type { Provisioned, Provisioner, ResolvedDurable, ResolvedStream } from '../ports.ts'
import { assertFilter, assertName, assertSubject } from '../subjects.ts'
import { Durable } from './durable.ts'
import { durableText, type Kept, messageText, streamText, type Text } from './kept.ts'
import { Stream } from './stream.ts'

/** How streams outlive their process; empty: they do not. */
export interface Memory {
  readonly kept?: Kept | undefined
  readonly onDropped?: (stream: string, sequence: number) => void
  readonly onProgress?: (durable: Durable) => void
}

export class Streams implements Provisioner {
  readonly #clock: Clock
  readonly #memory: Memory
  readonly #streams = new Map<string, Stream>()
  readonly #durables = new Map<string, Durable>()
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock, memory: Memory = {}) {
    this.#clock = clock
    this.#memory = memory
  }

  async ensureStream(spec: ResolvedStream, { check = false } = {}): Promise<Provisioned> {
    assertName(spec.name)
    spec.subjects.forEach(assertFilter)
    const stream = this.#streams.get(spec.name)
    if (stream && sameData(stream.spec, spec)) return 'unchanged'
    if (!check && stream) stream.configure(spec)
    if (!check && !stream) this.#streams.set(spec.name, this.#newStream(spec))
    if (!check) this.#tellWaiting()
    return stream ? 'updated' : 'created'
  }

  async ensureDurable(spec: ResolvedDurable, { check = false } = {}): Promise<Provisioned> {
    assertName(spec.name)
    if (spec.subject !== undefined) assertFilter(spec.subject)
    const stream = this.#streams.get(spec.stream)
    if (!stream) throw new Misconfigured([`durable ${spec.name}: there is no stream ${spec.stream}`])
    const key = durableKey(spec.stream, spec.name)
    const durable = this.#durables.get(key)
    if (durable && sameData(durable.spec, spec)) return 'unchanged'
    if (!check && durable) durable.configure(spec)
    if (!check && !durable) this.#durables.set(key, this.#newDurable(spec, stream))
    if (!check) this.#tellWaiting()
    return durable ? 'updated' : 'created'
  }

  /** The stream that holds `subject`. @throws TypeError, Unavailable */
  of(subject: string): Stream {
    assertSubject(subject)
    for (const stream of this.#streams.values()) if (stream.holds(subject)) return stream
    throw new Unavailable('bus', { cause: new Error(`no stream holds ${subject}`) })
  }

  stream(name: string): Stream | undefined {
    return this.#streams.get(name)
  }

  durable(stream: string, name: string): Durable | undefined {
    return this.#durables.get(durableKey(stream, name))
  }

  /** All that a journal keeps. */
  *texts(): IterableIterator<Text> {
    for (const stream of this.#streams.values()) {
      yield streamText(stream)
      for (const message of stream.stored()) yield messageText(stream.spec.name, message)
    }
    for (const durable of this.#durables.values()) yield durableText(durable)
    if (this.#memory.kept) yield* this.#memory.kept.unclaimed()
  }

  #newStream(spec: ResolvedStream): Stream {
    const stream = new Stream(spec, this.#clock, (sequence) => this.#memory.onDropped?.(spec.name, sequence))
    this.#memory.kept?.restore(stream)
    return stream
  }

  #newDurable(spec: ResolvedDurable, stream: Stream): Durable {
    const durable: Durable = new Durable(spec, stream, () => this.#memory.onProgress?.(durable))
    this.#memory.kept?.restoreProgress(durable)
    return durable
  }

  /** Calls `start` as soon as `find` finds something: at once, or after a later provisioning. The result cancels. */
  when<T>(find: () => T | undefined, start: (found: T) => void): () => void {
    const attempt = () => {
      const found = find()
      if (found === undefined) return
      this.#waiting.delete(attempt)
      start(found)
    }
    this.#waiting.add(attempt)
    attempt()
    return () => this.#waiting.delete(attempt)
  }

  #tellWaiting(): void {
    for (const attempt of this.#waiting) attempt()
  }
}

const durableKey = (stream: string, name: string) => `${stream}/${name}`

function sameData(a: object, b: object): boolean {
  const text = (value: object) => JSON.stringify(Object.entries(value).toSorted(([x], [y]) => (x < y ? -1 : 1)))
  return text(a) === text(b)
}
