/**
 * The store in Redis (6.2 or newer, for `GETDEL`), alone, behind Sentinel or in a cluster. Every method is one atomic command of
 * one key, so any number of replicas may race.
 */
import { randomBytes } from 'node:crypto'
import { assertKey, assertPrefix, lifetimeMs } from '../keys.ts'
import type { Entry, KeyPage, KeyValue, Page, ReplaceOptions, WriteOptions } from '../ports.ts'
import { type Connection, connect } from './connection.ts'
import type { RedisOptions } from './options.ts'
import { scanPage } from './scan.ts'

export type { RedisOptions } from './options.ts'

/** @throws Misconfigured when the server refuses the credentials, has no such database, or cannot be trusted */
export async function redisStore(options: RedisOptions): Promise<KeyValue> {
  return new RedisStore(await connect(options))
}

/** Random, before every value: its version, which so changes with every write, whatever is written. */
const VERSION_BYTES = 12

/** KEYS: the key. ARGV: the version expected, the new version and value, the arguments of SET that give it a lifetime. */
const COMPARE_AND_SET = `
if redis.call('GETRANGE', KEYS[1], 0, ${VERSION_BYTES - 1}) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], unpack(ARGV, 3))
return 1`

class RedisStore implements KeyValue {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get #redis() {
    return this.#connection.redis
  }

  async get(key: string): Promise<Entry | undefined> {
    assertKey(key)
    const stored = await this.#connection.send(() => this.#redis.getBuffer(key))
    return stored === null ? undefined : unpack(stored)
  }

  async put(key: string, value: Uint8Array, options?: WriteOptions): Promise<void> {
    await this.#set(key, value, options, [])
  }

  async putIfAbsent(key: string, value: Uint8Array, options?: WriteOptions): Promise<boolean> {
    return (await this.#set(key, value, options, ['NX'])) === 'OK'
  }

  async compareAndSet(key: string, version: string, value: Uint8Array, options?: ReplaceOptions): Promise<boolean> {
    assertKey(key)
    const expected = Buffer.from(version, 'base64url')
    if (expected.length !== VERSION_BYTES) return false
    const lifetime = options?.keepTtl ? ['KEEPTTL'] : lifetimeOf(options)
    const swap = () => this.#redis.eval(COMPARE_AND_SET, 1, key, expected, pack(value), ...lifetime)
    return (await this.#connection.send(swap)) === 1
  }

  async take(key: string): Promise<Uint8Array | undefined> {
    assertKey(key)
    const stored = await this.#connection.send(() => this.#redis.getdelBuffer(key))
    return stored === null ? undefined : unpack(stored).value
  }

  async delete(key: string): Promise<void> {
    assertKey(key)
    await this.#connection.send(() => this.#redis.del(key))
  }

  async list(prefix: string, page: Page = {}): Promise<KeyPage> {
    assertPrefix(prefix)
    return this.#connection.send(async () => scanPage(await this.#connection.masters(), prefix, page))
  }

  async ping(): Promise<void> {
    await this.#connection.ping()
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  async #set(key: string, value: Uint8Array, options: WriteOptions | undefined, flags: string[]): Promise<unknown> {
    assertKey(key)
    return this.#connection.send(() => this.#redis.call('SET', key, pack(value), ...lifetimeOf(options), ...flags))
  }
}

function lifetimeOf(options: WriteOptions | undefined): string[] {
  const ttlMs = lifetimeMs(options)
  return ttlMs === undefined ? [] : ['PX', String(ttlMs)]
}

function pack(value: Uint8Array): Buffer {
  return Buffer.concat([randomBytes(VERSION_BYTES), value])
}

function unpack(stored: Buffer): Entry {
  return {
    version: stored.subarray(0, VERSION_BYTES).toString('base64url'),
    value: new Uint8Array(stored.subarray(VERSION_BYTES)),
  }
}
