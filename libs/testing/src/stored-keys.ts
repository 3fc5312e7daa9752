/** Holds what services store to the table "Stored keys" of ARCHITECTURE.md, in every test that uses `testDeps()`. */
import { readFileSync } from 'node:fs'
import type { KeyValue } from '@gateway/store'

/** One row of the table. */
export interface StoredKey {
  /** `registry:document:<url>`: each `<…>` is a random id or a digest, nothing else. */
  readonly key: string
  readonly owner: string
  readonly pattern: RegExp
}

/** `newId()` has 22 characters, `keyOf(…)` 43: what stands in a key is never an address, a name or a token itself. */
const ID_OR_DIGEST = '(?:[A-Za-z0-9_-]{22}|[A-Za-z0-9_-]{43})'

export function storedKeys(): readonly StoredKey[] {
  const map = readFileSync(new URL('../../../ARCHITECTURE.md', import.meta.url), 'utf8')
  const [, section = ''] = /\n## Stored keys\n([\s\S]*?)\n## /.exec(map) ?? []
  return [...section.matchAll(/^\| `((\w[\w-]*):[^`]+)` +\|/gm)].map(([, key = '', owner = '']) => ({
    key,
    owner,
    pattern: new RegExp(`^${key.replaceAll(/[.]/g, '[.]').replaceAll(/<[^>]+>/g, ID_OR_DIGEST)}$`),
  }))
}

const OWNED = /^(auth-server|registry|token-issuer|provider-bridge|proxy):/

/** Refuses to write a service's key that the table does not list. Reading and deleting are free. */
export function documented(store: KeyValue): KeyValue {
  const known = storedKeys()
  function assertListed(key: string): void {
    if (!OWNED.test(key) || known.some(({ pattern }) => pattern.test(key))) return
    throw new TypeError(`the stored key ${key} is not in the table "Stored keys" of ARCHITECTURE.md`)
  }
  return {
    get: (key) => store.get(key),
    async put(key, value, options) {
      assertListed(key)
      return store.put(key, value, options)
    },
    async putIfAbsent(key, value, options) {
      assertListed(key)
      return store.putIfAbsent(key, value, options)
    },
    async compareAndSet(key, version, value, options) {
      assertListed(key)
      return store.compareAndSet(key, version, value, options)
    },
    take: (key) => store.take(key),
    delete: (key) => store.delete(key),
    list: (prefix, page) => store.list(prefix, page),
    ping: () => store.ping(),
    close: () => store.close(),
  }
}
