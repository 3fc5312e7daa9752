/** The private parts of signing keys: generated here, sealed in the store, kept in memory once read. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { SigningAlgorithm } from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import type { KeyValue } from '@gateway/store'
import { algorithms, publicJwkOf } from './algorithms.ts'
import type { NewKey } from './domain/key-ring.ts'

export class PrivateKeys {
  readonly #store: KeyValue
  readonly #held = new Map<string, KeyObject>()

  /** `store`: the service's own, which seals what it is given. */
  constructor(store: KeyValue) {
    this.#store = store
  }

  /** A new key, its private part stored before anybody can learn of the public one. @throws Unavailable */
  async create(algorithm: SigningAlgorithm): Promise<NewKey> {
    const { privateKey, publicKey } = await algorithms[algorithm].generate()
    const kid = newId()
    await this.#store.put(storedAs(kid), privateKey.export({ format: 'der', type: 'pkcs8' }))
    this.#held.set(kid, privateKey)
    return { kid, public_jwk: publicJwkOf(algorithm, kid, publicKey) }
  }

  /** Undefined when the store has lost it and this replica never read it. @throws Unavailable also when it cannot be unsealed */
  async find(kid: string): Promise<KeyObject | undefined> {
    return this.#held.get(kid) ?? (await this.#read(kid))
  }

  /** Whether the store has it, whatever this replica still holds: whoever starts next has nothing else. @throws Unavailable */
  async isKept(kid: string): Promise<boolean> {
    return (await this.#store.get(storedAs(kid))) !== undefined
  }

  async delete(kid: string): Promise<void> {
    this.#held.delete(kid)
    await this.#store.delete(storedAs(kid))
  }

  async #read(kid: string): Promise<KeyObject | undefined> {
    const entry = await this.#store.get(storedAs(kid))
    if (!entry) return undefined
    const key = createPrivateKey({ key: Buffer.from(entry.value), format: 'der', type: 'pkcs8' })
    this.#held.set(kid, key)
    return key
  }
}

function storedAs(kid: string): string {
  return `signing-key:${kid}`
}
