/**
 * The store in this process's memory: lost at exit, seen by no other process. Values are copied in and out, so nobody shares
 * a mutable buffer with the store.
 *
 * Expired entries are invisible at once and removed without a timer: by whoever meets them, and by each write, which looks at
 * a few entries in turn. So what is dead never outnumbers what has been written since by more than a constant factor.
 */
import { type Clock, systemClock } from '@gateway/kernel'
import { assertKey, assertPrefix, lifetimeMs } from '../keys.ts'
import type { Entry, KeyPage, KeyValue, Page, ReplaceOptions, WriteOptions } from '../ports.ts'

/** Entries that one write looks at. Above one, so that sweeping outpaces writing. */
const SWEEP_PER_WRITE = 4
const PAGE_SIZE = 100

interface Stored {
  readonly value: Uint8Array
  readonly version: string
  /** Milliseconds since the epoch; infinite: kept until deleted. */
  readonly expiresAt: number
}

export interface MemoryStore extends KeyValue {
  /** Entries held in memory, those included that have expired and were not removed yet. */
  readonly size: number
}

export function memoryStore(options: { readonly clock?: Clock | undefined } = {}): MemoryStore {
  return new MapStore(options.clock ?? systemClock)
}

class MapStore implements MemoryStore {
  readonly #clock: Clock
  readonly #entries = new Map<string, Stored>()
  #sweep = this.#entries.entries()
  #writes = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#entries.size
  }

  async get(key: string): Promise<Entry | undefined> {
    const stored = this.#live(key)
    return stored && { value: new Uint8Array(stored.value), version: stored.version }
  }

  async put(key: string, value: Uint8Array, options?: WriteOptions): Promise<void> {
    this.#write(key, value, options)
  }

  async putIfAbsent(key: string, value: Uint8Array, options?: WriteOptions): Promise<boolean> {
    if (this.#live(key)) return false
    this.#write(key, value, options)
    return true
  }

  async compareAndSet(key: string, version: string, value: Uint8Array, options?: ReplaceOptions): Promise<boolean> {
    const stored = this.#live(key)
    if (stored?.version !== version) return false
    this.#write(key, value, options?.keepTtl ? { ttlMs: stored.expiresAt - this.#clock() } : options)
    return true
  }

  async take(key: string): Promise<Uint8Array | undefined> {
    const stored = this.#live(key)
    this.#entries.delete(key)
    return stored?.value
  }

  async delete(key: string): Promise<void> {
    assertKey(key)
    this.#entries.delete(key)
  }

  /** The cursor is the last key of the page before: keys written or deleted in between disturb nobody else's place. */
  async list(prefix: string, page: Page = {}): Promise<KeyPage> {
    assertPrefix(prefix)
    const limit = page.limit ?? PAGE_SIZE
    const after = page.cursor ?? ''
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix) && key > after && this.#live(key))
    keys.sort()
    const last = keys[limit - 1]
    return { keys: keys.slice(0, limit), ...(last !== undefined && keys.length > limit ? { next: last } : {}) }
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.#entries.clear()
  }

  #live(key: string): Stored | undefined {
    assertKey(key)
    const stored = this.#entries.get(key)
    if (!stored || stored.expiresAt > this.#clock()) return stored
    this.#entries.delete(key)
    return undefined
  }

  #write(key: string, value: Uint8Array, options: WriteOptions | undefined): void {
    assertKey(key)
    const ttlMs = lifetimeMs(options)
    this.#writes += 1
    this.#entries.set(key, {
      value: new Uint8Array(value),
      version: String(this.#writes),
      expiresAt: ttlMs === undefined ? Number.POSITIVE_INFINITY : this.#clock() + ttlMs,
    })
    this.#sweepSome()
  }

  #sweepSome(): void {
    const now = this.#clock()
    for (let looked = 0; looked < SWEEP_PER_WRITE; looked++) {
      const next = this.#sweep.next()
      if (next.done) {
        this.#sweep = this.#entries.entries()
        return
      }
      const [key, stored] = next.value
      if (stored.expiresAt <= now) this.#entries.delete(key)
    }
  }
}
