/**
 * Seals every value with AES-256-GCM before it leaves the process. The key of the entry is authenticated with it, so whoever
 * can write to the backend can neither read a value nor move it to another key.
 */
import { type Keyring, sealedKeyId, Unavailable, Unreadable } from '@gateway/kernel'
import type { KeyValue } from './ports.ts'

/** The cause of the `Unavailable` that is thrown for a value which is there and cannot be opened. Says where, never what. */
export class UnreadableValue extends Unreadable {
  override readonly name = 'UnreadableValue'
  /** The entry's key. */
  readonly key: string
  /** The sealing key that the value names and this process does not have; undefined when the value is damaged. */
  readonly missingKeyId: string | undefined

  constructor(key: string, missingKeyId?: string) {
    const problem =
      missingKeyId === undefined
        ? 'is damaged or was sealed for another place'
        : `is sealed with the sealing key "${missingKeyId}", which is not configured`
    super(`the stored value ${key} ${problem}`)
    this.key = key
    this.missingKeyId = missingKeyId
  }

  static of(key: string, sealed: Uint8Array, keyring: Keyring): UnreadableValue {
    const keyId = sealedKeyId(sealed)
    const missing = keyId !== undefined && /^[A-Za-z0-9_-]{1,16}$/.test(keyId) && !keyring.has(keyId)
    return new UnreadableValue(key, missing ? keyId : undefined)
  }
}

/** What values of one owner are sealed for. */
export function purposeOf(label: string): string {
  return `store:${label}`
}

/**
 * `label` is the owner (a service's name): values of one owner do not open as another's. New values use the keyring's active
 * key; old ones are read for as long as their key is in the ring.
 *
 * A value that cannot be opened is an outage (`Unavailable`, cause {@link UnreadableValue}), never an absence: taking it for
 * missing would make a forgotten sealing key look like an empty store, and new secrets would be written over the old ones.
 * `take` consumes the value even then. Writing over it works.
 */
export function encrypted(store: KeyValue, keyring: Keyring, label: string): KeyValue {
  const purpose = purposeOf(label)
  const seal = (key: string, value: Uint8Array) => keyring.seal(purpose, value, key)
  function open(key: string, sealed: Uint8Array): Uint8Array {
    const plain = keyring.open(purpose, sealed, key)
    if (plain) return new Uint8Array(plain)
    throw new Unavailable('store', { cause: UnreadableValue.of(key, sealed, keyring) })
  }
  return {
    async get(key) {
      const entry = await store.get(key)
      return entry && { value: open(key, entry.value), version: entry.version }
    },
    put: async (key, value, options) => store.put(key, seal(key, value), options),
    putIfAbsent: async (key, value, options) => store.putIfAbsent(key, seal(key, value), options),
    compareAndSet: async (key, version, value, options) => store.compareAndSet(key, version, seal(key, value), options),
    async take(key) {
      const sealed = await store.take(key)
      return sealed && open(key, sealed)
    },
    delete: (key) => store.delete(key),
    list: (prefix, page) => store.list(prefix, page),
    ping: () => store.ping(),
    close: () => store.close(),
  }
}
