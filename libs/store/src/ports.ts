/**
 * What the services need of a store for what is secret or short-lived. Everything else is a fact on the bus.
 * Keys are printable ASCII without spaces, at most 200 characters, and never contain a token, a secret or personal data.
 */

export interface Entry {
  readonly value: Uint8Array
  /** Opaque; changes with every write. For {@link KeyValue.compareAndSet}. */
  readonly version: string
}

export interface WriteOptions {
  /** Gone this many milliseconds from now; absent: kept until deleted. */
  readonly ttlMs?: number | undefined
}

/** For {@link KeyValue.compareAndSet}. */
export interface ReplaceOptions extends WriteOptions {
  /** The value keeps the lifetime that it has; `ttlMs` is not looked at. */
  readonly keepTtl?: boolean | undefined
}

/** Every method throws `Unavailable` when the backend is down, frozen or refuses; none falls back to anything. */
export interface KeyValue {
  /** Undefined when missing or expired. */
  get(key: string): Promise<Entry | undefined>
  /** Writes whatever was there before; replaces its lifetime as well. */
  put(key: string, value: Uint8Array, options?: WriteOptions): Promise<void>
  /** False when a live value is there; of any number of racers exactly one gets true. */
  putIfAbsent(key: string, value: Uint8Array, options?: WriteOptions): Promise<boolean>
  /** False when the value is gone or has been written since `version` was read; of any number of racers one gets true. */
  compareAndSet(key: string, version: string, value: Uint8Array, options?: ReplaceOptions): Promise<boolean>
  /** Reads and deletes in one step: of any number of racers exactly one gets the value. */
  take(key: string): Promise<Uint8Array | undefined>
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>
  /**
   * Live keys that begin with `prefix`, in no particular order, a page at a time; `next` is absent on the last page.
   * Every key that is there from the first page to the last is listed. What is written meanwhile may be missing, a key may
   * come twice, and a page may hold more or fewer than `limit` keys, even none.
   */
  list(prefix: string, page?: Page): Promise<KeyPage>
  /** Resolves when the backend answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface Page {
  /** The `next` of the page before, from this same store; absent: the first page. */
  readonly cursor?: string | undefined
  /** About how many keys to look for; default 100. */
  readonly limit?: number | undefined
}

export interface KeyPage {
  readonly keys: readonly string[]
  readonly next?: string
}

/** So much, within so long. */
export interface Limit {
  readonly limit: number
  /** At least a second; a backend may round it up to whole seconds. It begins with the first point that is taken. */
  readonly windowMs: number
}

export interface Consumed {
  readonly allowed: boolean
  /** Points left in this window. */
  readonly remaining: number
  /** When allowed 0, else until the window is over. */
  readonly retryAfterMs: number
}

/** Counts towards limits, over all replicas that share the backend. */
export interface Counter {
  /**
   * Takes `points` from what `key` has left. Of any number of racers exactly as many are allowed as the limit says. What is
   * refused counts as well, and prolongs nothing.
   *
   * `key` may hold an address or a secret: it is hashed before it is stored. The same key with another window is another count.
   * @throws Unavailable the backend is down: whether that means yes or no is the caller's decision
   */
  consume(key: string, points: number, within: Limit): Promise<Consumed>
  close(): Promise<void>
}
