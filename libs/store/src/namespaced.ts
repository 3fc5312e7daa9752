/** A store of one's own inside a shared one: every key is written as `<prefix>:<key>`, and nothing outside is seen. */
import { assertKey, assertPrefix } from './keys.ts'
import type { Entry, KeyPage, KeyValue, Page, ReplaceOptions, WriteOptions } from './ports.ts'

/** `close` closes the shared store: leave it to whoever opened that. */
export function namespaced(store: KeyValue, prefix: string): KeyValue {
  return new NamespacedStore(store, `${prefix}:`)
}

class NamespacedStore implements KeyValue {
  readonly #store: KeyValue
  readonly #prefix: string

  constructor(store: KeyValue, prefix: string) {
    assertKey(prefix)
    this.#store = store
    this.#prefix = prefix
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#store.get(this.#inside(key))
  }

  async put(key: string, value: Uint8Array, options?: WriteOptions): Promise<void> {
    return this.#store.put(this.#inside(key), value, options)
  }

  async putIfAbsent(key: string, value: Uint8Array, options?: WriteOptions): Promise<boolean> {
    return this.#store.putIfAbsent(this.#inside(key), value, options)
  }

  async compareAndSet(key: string, version: string, value: Uint8Array, options?: ReplaceOptions): Promise<boolean> {
    return this.#store.compareAndSet(this.#inside(key), version, value, options)
  }

  async take(key: string): Promise<Uint8Array | undefined> {
    return this.#store.take(this.#inside(key))
  }

  async delete(key: string): Promise<void> {
    return this.#store.delete(this.#inside(key))
  }

  async list(prefix: string, page?: Page): Promise<KeyPage> {
    assertPrefix(prefix)
    const found = await this.#store.list(this.#prefix + prefix, page)
    return { ...found, keys: found.keys.map((key) => key.slice(this.#prefix.length)) }
  }

  ping(): Promise<void> {
    return this.#store.ping()
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  #inside(key: string): string {
    assertKey(key)
    return this.#prefix + key
  }
}
