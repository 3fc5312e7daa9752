/** One stream held in memory: an ordered log with the retention, de-duplication and version check of JetStream. */
import { type Clock, Unavailable, VersionConflict } from '@gateway/kernel'
import type { ResolvedStream, StoredMessage } from '../ports.ts'
import { StreamFull } from '../stream-full.ts'
import { subjectMatcher } from '../subjects.ts'
import { toMessage } from './message.ts'
import { ID_WINDOW_MS, RecentIds } from './recent-ids.ts'

/** A message with its place among those of its subject, which are always dropped from the oldest on. */
interface Entry {
  readonly subject: string
  readonly sequence: number
  readonly id: string
  readonly time: number
  readonly json: string
  readonly bytes: number
  next?: Entry
  dropped?: true
}

interface Chain {
  oldest: Entry
  newest: Entry
  length: number
}

/** Appends that have their place and are not seen yet. */
interface Staged {
  readonly entries: Entry[]
  readonly bySubject: Map<string, Entry>
  readonly ids: Map<string, number>
  /** By how many messages they make the stream longer. */
  growth: number
  bytes: number
}

/** What JetStream stores of a message beside its subject and body. */
const OVERHEAD_BYTES = 64
const COMPACT_FROM = 1_024
const UNLIMITED = Number.POSITIVE_INFINITY

export class Stream {
  readonly #clock: Clock
  readonly #chains = new Map<string, Chain>()
  readonly #ids: RecentIds
  readonly #listeners = new Set<() => void>()
  #spec: ResolvedStream
  #matchers: readonly ((subject: string) => boolean)[]
  /** By sequence. Dropped entries stay until they outnumber the live ones, since taking each out would cost the whole length. */
  #log: Entry[] = []
  #first = 0
  #live = 0
  #bytes = 0
  #lastSequence = 0
  #staged = nothingStaged()
  readonly #onDropped: (sequence: number) => void

  constructor(spec: ResolvedStream, clock: Clock, onDropped: (sequence: number) => void = () => undefined) {
    this.#spec = spec
    this.#matchers = spec.subjects.map(subjectMatcher)
    this.#clock = clock
    this.#ids = new RecentIds(clock)
    this.#onDropped = onDropped
  }

  get spec(): ResolvedStream {
    return this.#spec
  }

  get lastSequence(): number {
    return this.#lastSequence
  }

  configure(spec: ResolvedStream): void {
    this.#spec = spec
    this.#matchers = spec.subjects.map(subjectMatcher)
    for (const chain of this.#chains.values()) this.#trimSubject(chain)
    this.#dropOld()
  }

  holds(subject: string): boolean {
    return this.#matchers.some((matches) => matches(subject))
  }

  /** Without `expectedSequence` it is appended whatever came before. @throws VersionConflict, Unavailable */
  append(subject: string, id: string, json: string, expectedSequence?: number): number {
    const { sequence } = this.stage(subject, id, json, expectedSequence)
    this.settle(true)
    return sequence
  }

  /**
   * Judges an append by all that is stored and staged, and gives it its place; nobody sees it until it is settled. Not
   * `added`: it is there already. @throws VersionConflict, Unavailable
   */
  stage(
    subject: string,
    id: string,
    json: string,
    expectedSequence?: number,
  ): { readonly sequence: number; readonly added?: StoredReference } {
    this.#dropOld()
    const known = this.#ids.get(id) ?? this.#staged.ids.get(id)
    if (known !== undefined) return { sequence: known }
    const chain = this.#chains.get(subject)
    const newest = this.#staged.bySubject.get(subject) ?? chain?.newest
    if (expectedSequence !== undefined && (newest?.sequence ?? 0) !== expectedSequence) {
      // A resend after the ids were forgotten: it is stored, which is all that the caller wants to know.
      if (newest?.id === id) return { sequence: newest.sequence }
      throw new VersionConflict(subject)
    }
    const bytes = bytesOf(subject, id, json)
    const { maxMessagesPerSubject = UNLIMITED, discard } = this.#spec
    const growth = (chain?.length ?? 0) >= maxMessagesPerSubject ? 0 : 1
    if (discard === 'new') this.#refuseWhenFull(bytes, growth)
    const sequence = this.#lastSequence + this.#staged.entries.length + 1
    const entry: Entry = { subject, sequence, id, time: this.#clock(), json, bytes }
    this.#staged.entries.push(entry)
    this.#staged.bySubject.set(subject, entry)
    this.#staged.ids.set(id, sequence)
    this.#staged.growth += growth
    this.#staged.bytes += bytes
    return { sequence, added: entry }
  }

  /** Makes what is staged visible, or forgets it. */
  settle(kept: boolean): void {
    const { entries } = this.#staged
    if (entries.length === 0) return
    this.#staged = nothingStaged()
    if (!kept) return
    for (const entry of entries) {
      this.#add(entry)
      this.#ids.add(entry.id, entry.sequence)
    }
    this.#dropOld()
    for (const listener of this.#listeners) listener()
  }

  /**
   * Takes back what an earlier process kept, in any order; before anything else happens to the stream. How long ago that was
   * does not count: ids are known for as long as they would have been without the pause.
   */
  restore(kept: readonly KeptMessage[], lastSequence: number): void {
    const entries = kept.toSorted((a, b) => a.sequence - b.sequence)
    const newestTime = entries.at(-1)?.time ?? 0
    for (const { subject, sequence, id, time, json } of entries) {
      this.#add({ subject, sequence, id, time, json, bytes: bytesOf(subject, id, json) })
      if (time > newestTime - ID_WINDOW_MS) this.#ids.add(id, sequence)
    }
    this.#lastSequence = Math.max(this.#lastSequence, lastSequence)
    this.#dropOld()
  }

  /** All that is stored, in order. */
  *stored(): IterableIterator<StoredReference> {
    for (const entry of this.#log) if (!entry.dropped) yield entry
  }

  last(subject: string): StoredMessage | undefined {
    this.#dropOld()
    const newest = this.#chains.get(subject)?.newest
    return newest && toMessage(newest)
  }

  at(sequence: number): StoredMessage | undefined {
    const [found] = this.after(sequence - 1, 1)
    return found?.sequence === sequence ? toMessage(found) : undefined
  }

  /** Up to `limit` messages that follow `sequence`, in order, whatever their subject: the reader selects and counts. */
  after(sequence: number, limit: number): readonly StoredReference[] {
    this.#dropOld()
    const found: Entry[] = []
    for (let index = this.#indexAfter(sequence); index < this.#log.length && found.length < limit; index++) {
      const entry = this.#log[index]
      if (entry && !entry.dropped) found.push(entry)
    }
    return found
  }

  /** Calls back after every append, in the same turn: the listener schedules, it does not work. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #add(entry: Entry): void {
    const chain = this.#chains.get(entry.subject)
    if (chain) {
      chain.newest.next = entry
      chain.newest = entry
      chain.length++
      this.#trimSubject(chain)
    } else {
      this.#chains.set(entry.subject, { oldest: entry, newest: entry, length: 1 })
    }
    this.#log.push(entry)
    this.#live++
    this.#bytes += entry.bytes
    this.#lastSequence = entry.sequence
  }

  /** JetStream trims a subject even where a full stream refuses, so a long-lived aggregate never blocks itself. */
  #trimSubject(chain: Chain): void {
    const { maxMessagesPerSubject = UNLIMITED } = this.#spec
    while (chain.length > maxMessagesPerSubject) this.#drop(chain.oldest)
  }

  #refuseWhenFull(bytes: number, growth: number): void {
    const { name, maxMessages = UNLIMITED, maxBytes = UNLIMITED } = this.#spec
    const messages = this.#live + this.#staged.growth + growth
    if ((growth > 0 && messages > maxMessages) || this.#bytes + this.#staged.bytes + bytes > maxBytes)
      throw new Unavailable('bus', { cause: new StreamFull(`stream ${name} is full`) })
  }

  /** Age always drops; number and size only where `discard` is `old` (else the append was refused before). */
  #dropOld(): void {
    const { maxAgeMs = UNLIMITED, discard } = this.#spec
    const maxMessages = (discard === 'old' ? this.#spec.maxMessages : undefined) ?? UNLIMITED
    const maxBytes = (discard === 'old' ? this.#spec.maxBytes : undefined) ?? UNLIMITED
    const bornBefore = this.#clock() - maxAgeMs
    for (;;) {
      while (this.#log[this.#first]?.dropped) this.#first++
      const oldest = this.#log[this.#first]
      if (!oldest) break
      if (oldest.time > bornBefore && this.#live <= maxMessages && this.#bytes <= maxBytes) break
      this.#drop(oldest)
    }
    if (this.#log.length > COMPACT_FROM && this.#live < this.#log.length / 2) this.#compact()
  }

  #drop(entry: Entry): void {
    entry.dropped = true
    this.#onDropped(entry.sequence)
    this.#live--
    this.#bytes -= entry.bytes
    const chain = this.#chains.get(entry.subject)
    if (!chain) return
    if (entry.next) chain.oldest = entry.next
    else this.#chains.delete(entry.subject)
    chain.length--
  }

  #compact(): void {
    this.#log = this.#log.filter((entry) => !entry.dropped)
    this.#first = 0
  }

  #indexAfter(sequence: number): number {
    let low = this.#first
    let high = this.#log.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#log[middle]?.sequence ?? 0) > sequence) high = middle
      else low = middle + 1
    }
    return low
  }
}

function nothingStaged(): Staged {
  return { entries: [], bySubject: new Map(), ids: new Map(), growth: 0, bytes: 0 }
}

function bytesOf(subject: string, id: string, json: string): number {
  return Buffer.byteLength(json) + subject.length + id.length + OVERHEAD_BYTES
}

/** A message as an earlier process left it. */
export type KeptMessage = Pick<Entry, 'subject' | 'sequence' | 'id' | 'time' | 'json'>

/** A message whose body has not been parsed yet. */
export type StoredReference = Pick<Entry, 'subject' | 'sequence' | 'id' | 'time' | 'json' | 'dropped'>
