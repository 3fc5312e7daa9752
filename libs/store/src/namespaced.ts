/** A store of one's own inside a shared one: every key is written as `<prefix>:<key>`, and nothing outside is seen. */
import type { KeyPage, KeyValue } from './ports.ts'

/** `close` closes the shared store: leave it to whoever opened that. */
export function namespaced(store: KeyValue, prefix: string): KeyValue {
  const inside = (key: string) => `${prefix}:${key}`
  return {
    get: (key) => store.get(inside(key)),
    put: (key, value, options) => store.put(inside(key), value, options),
    putIfAbsent: (key, value, options) => store.putIfAbsent(inside(key), value, options),
    compareAndSet: (key, version, value, options) => store.compareAndSet(inside(key), version, value, options),
    take: (key) => store.take(inside(key)),
    delete: (key) => store.delete(inside(key)),
    async list(start, page): Promise<KeyPage> {
      const found = await store.list(inside(start), page)
      return { ...found, keys: found.keys.map((key) => key.slice(prefix.length + 1)) }
    },
    ping: () => store.ping(),
    close: () => store.close(),
  }
}
