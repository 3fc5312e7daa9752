/**
 * The sealing keys of a deployment and everything derived from them (HKDF-SHA256, RFC 5869, one label each): authenticated
 * encryption for values and envelopes, and MACs for tokens that need no stored secret.
 *
 * New work uses the active key; old values name the key that made them, so keys can be rotated.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Secret } from './secret.ts'

/** `id` stands in tokens and sealed values: letters, digits, `_` and `-`, at most 16. */
export interface SealingKey {
  readonly id: string
  readonly secret: Secret
}

export class Keyring {
  readonly #keys: ReadonlyMap<string, Secret>
  readonly #derived = new Map<string, Buffer>()
  readonly activeId: string

  /** @throws TypeError when the active key is not among the keys or an id is malformed. */
  constructor(activeId: string, keys: readonly SealingKey[]) {
    this.#keys = new Map(keys.map((key) => [key.id, key.secret]))
    if (!this.#keys.has(activeId)) throw new TypeError(`sealing key "${activeId}" is not defined`)
    if (keys.some((key) => !/^[A-Za-z0-9_-]{1,16}$/.test(key.id))) throw new TypeError('malformed sealing key id')
    this.activeId = activeId
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId)
  }

  /** 32 bytes for one purpose. The label is the purpose: two purposes never share a key. */
  #derive(label: string, keyId: string): Buffer | undefined {
    const cacheKey = `${keyId} ${label}`
    const cached = this.#derived.get(cacheKey)
    if (cached) return cached
    const root = this.#keys.get(keyId)
    if (!root) return undefined
    const key = Buffer.from(hkdfSync('sha256', root.open(), 'mcp-oauth-gateway', label, 32))
    this.#derived.set(cacheKey, key)
    return key
  }

  /** base64url HMAC-SHA256 of `message` under the named key (default: the active one). */
  mac(label: string, message: string, keyId: string = this.activeId): string {
    const key = this.#derive(`mac:${label}`, keyId)
    if (!key) throw new TypeError(`sealing key "${keyId}" is not defined`)
    return createHmac('sha256', key).update(message).digest('base64url')
  }

  /** Constant-time check of a MAC made by {@link mac}; an unknown key id is simply false. */
  verifyMac(label: string, message: string, keyId: string, mac: string): boolean {
    if (!this.has(keyId)) return false
    const expected = Buffer.from(this.mac(label, message, keyId))
    const given = Buffer.from(mac)
    return expected.length === given.length && timingSafeEqual(expected, given)
  }

  /** AES-256-GCM under the active key. `context` is authenticated, not stored: opening needs the same one. */
  seal(label: string, plain: Uint8Array, context = ''): Buffer {
    const key = this.#derive(`seal:${label}`, this.activeId) as Buffer
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(Buffer.from(context))
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    const id = Buffer.from(this.activeId)
    return Buffer.concat([Buffer.from([1, id.length]), id, nonce, cipher.getAuthTag(), body])
  }

  /** The plain bytes; undefined when the value was tampered with, truncated, or sealed for another context or an unknown key. */
  open(label: string, sealed: Uint8Array, context = ''): Buffer | undefined {
    const bytes = Buffer.from(sealed)
    const keyId = sealedKeyId(bytes)
    const key = keyId === undefined ? undefined : this.#derive(`seal:${label}`, keyId)
    if (!key || keyId === undefined) return undefined
    const start = 2 + Buffer.byteLength(keyId)
    if (bytes.length < start + 28) return undefined
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(start, start + 12))
    decipher.setAAD(Buffer.from(context))
    decipher.setAuthTag(bytes.subarray(start + 12, start + 28))
    try {
      return Buffer.concat([decipher.update(bytes.subarray(start + 28)), decipher.final()])
    } catch {
      return undefined
    }
  }

  /** {@link seal} for JSON values, as base64url text (cookies, form fields). */
  sealJson(label: string, value: unknown, context = ''): string {
    return this.seal(label, Buffer.from(JSON.stringify(value)), context).toString('base64url')
  }

  /** The value sealed by {@link sealJson}, or undefined. Its shape is the caller's to check. */
  openJson(label: string, sealed: string, context = ''): unknown {
    const plain = this.open(label, Buffer.from(sealed, 'base64url'), context)
    return plain === undefined ? undefined : JSON.parse(plain.toString())
  }
}

/** Which key sealed a value: for rotation, and for the error that names an unknown key. Undefined when it is no sealed value. */
export function sealedKeyId(sealed: Uint8Array): string | undefined {
  const length = sealed[1]
  if (sealed[0] !== 1 || length === undefined || length === 0 || sealed.length < 2 + length) return undefined
  return Buffer.from(sealed.subarray(2, 2 + length)).toString()
}
