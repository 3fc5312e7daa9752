/** The streams of one in-process bus and their durables: provisioning, and finding the one that holds a subject. */
import { type Clock, Misconfigured, Unavailable } from '@gateway/kernel'
import type { Provisioned, Provisioner, ResolvedDurable, ResolvedStream } from '../ports.ts'
import { assertFilter, assertName, assertSubject } from '../subjects.ts'
import { Durable } from './durable.ts'
import { Stream } from './stream.ts'

export class Streams implements Provisioner {
  readonly #clock: Clock
  readonly #streams = new Map<string, Stream>()
  readonly #durables = new Map<string, Durable>()
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async ensureStream(spec: ResolvedStream, { check = false } = {}): Promise<Provisioned> {
    assertName(spec.name)
    spec.subjects.forEach(assertFilter)
    const stream = this.#streams.get(spec.name)
    if (stream && sameData(stream.spec, spec)) return 'unchanged'
    if (!check && stream) stream.configure(spec)
    if (!check && !stream) this.#streams.set(spec.name, new Stream(spec, this.#clock))
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
    if (!check && !durable) this.#durables.set(key, new Durable(spec, stream))
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
