/**
 * The store in Redis (6.2 or newer, for `GETDEL`). Every method is one atomic command of one key, so any number of replicas
 * may race.
 *
 * One connection carries everything: commands are pipelined on it, and a pool would add nothing but places to wait. Nothing is
 * queued while it is down and nothing is sent twice: a repeated `SET NX` or `GETDEL` would answer "no" to whoever won.
 */
import { randomBytes } from 'node:crypto'
import { Misconfigured, type Secret, Unavailable } from '@gateway/kernel'
import { Redis } from 'ioredis'
import { assertKey, assertPrefix, lifetimeMs } from '../keys.ts'
import type { Entry, KeyPage, KeyValue, Page, WriteOptions } from '../ports.ts'
import { reasonOf } from './reason.ts'

/** `storage.redis` of the configuration, as far as a connection depends on it. */
export interface RedisOptions {
  readonly host: string
  readonly port: number
  readonly username?: string | undefined
  readonly password?: Secret | undefined
  readonly db: number
  readonly ssl: boolean
}

const COMMAND_TIMEOUT_MS = 500
const CONNECT_TIMEOUT_MS = 1_000
/** A peer that went away without a word: the connection is given up, and a new one is made. */
const SILENCE_TIMEOUT_MS = 2_000
const RECONNECT_MS_MAX = 1_000
const PAGE_SIZE = 100

/** Refusals of the server that waiting does not mend. */
const MISCONFIGURATIONS: Readonly<Record<string, string>> = {
  WRONGPASS: 'storage.redis: the server refuses this user name and password',
  NOAUTH: 'storage.redis.password: missing; the server asks for one',
  'no such database': 'storage.redis.db: the server has no database of this number',
}

/**
 * Resolves when the first attempt to connect has ended, either way: a server that is down is an outage, which the methods
 * report and which mends itself.
 * @throws Misconfigured when the server refuses the credentials or has no such database
 */
export async function redisStore(options: RedisOptions): Promise<KeyValue> {
  const redis = new Redis({
    host: options.host,
    port: options.port,
    db: options.db,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password.open() }),
    ...(options.ssl ? { tls: { servername: options.host } } : {}),
    connectionName: 'mcp-oauth-gateway',
    // Nothing here needs RESP3, and ioredis 6.0.0 has decoding errors in it that later versions mend.
    protocol: 2,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * attempt, RECONNECT_MS_MAX),
  })
  const store = new RedisStore(redis)
  const problem = await store.firstAttempt()
  const misconfiguration = problem === undefined ? undefined : MISCONFIGURATIONS[problem]
  if (misconfiguration === undefined) return store
  await store.close()
  throw new Misconfigured([misconfiguration])
}

/** Random, before every value: its version, which so changes with every write, whatever is written. */
const VERSION_BYTES = 12

/** KEYS: the key. ARGV: the version expected, the new version and value, the lifetime in milliseconds or nothing. */
const COMPARE_AND_SET = `
if redis.call('GETRANGE', KEYS[1], 0, ${VERSION_BYTES - 1}) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`

class RedisStore implements KeyValue {
  readonly #redis: Redis
  /** Why the connection was lost or refused last; never a command or a value. */
  #lastProblem: string | undefined

  constructor(redis: Redis) {
    this.#redis = redis
    redis.on('error', (error: unknown) => {
      this.#lastProblem = reasonOf(error)
    })
    redis.on('ready', () => {
      this.#lastProblem = undefined
    })
  }

  /** Undefined when connected, else the reason why not. */
  firstAttempt(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('timeout'), CONNECT_TIMEOUT_MS + COMMAND_TIMEOUT_MS)
      const settle = () => {
        clearTimeout(timer)
        resolve(this.#lastProblem)
      }
      this.#redis.once('ready', settle)
      this.#redis.once('error', settle)
    })
  }

  async get(key: string): Promise<Entry | undefined> {
    assertKey(key)
    const stored = await this.#ask(this.#redis.getBuffer(key))
    return stored === null ? undefined : unpack(stored)
  }

  async put(key: string, value: Uint8Array, options?: WriteOptions): Promise<void> {
    await this.#set(key, value, options, [])
  }

  async putIfAbsent(key: string, value: Uint8Array, options?: WriteOptions): Promise<boolean> {
    return (await this.#set(key, value, options, ['NX'])) === 'OK'
  }

  async compareAndSet(key: string, version: string, value: Uint8Array, options?: WriteOptions): Promise<boolean> {
    assertKey(key)
    const expected = Buffer.from(version, 'base64url')
    if (expected.length !== VERSION_BYTES) return false
    const lifetime = lifetimeMs(options)?.toString() ?? ''
    const swapped = await this.#ask(this.#redis.eval(COMPARE_AND_SET, 1, key, expected, pack(value), lifetime))
    return swapped === 1
  }

  async take(key: string): Promise<Uint8Array | undefined> {
    assertKey(key)
    const stored = await this.#ask(this.#redis.getdelBuffer(key))
    return stored === null ? undefined : unpack(stored).value
  }

  async delete(key: string): Promise<void> {
    assertKey(key)
    await this.#ask(this.#redis.del(key))
  }

  async list(prefix: string, page: Page = {}): Promise<KeyPage> {
    assertPrefix(prefix)
    const pattern = `${prefix.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)}*`
    const [next, keys] = await this.#ask(
      this.#redis.scan(page.cursor ?? '0', 'MATCH', pattern, 'COUNT', page.limit ?? PAGE_SIZE),
    )
    return next === '0' ? { keys } : { keys, next }
  }

  async ping(): Promise<void> {
    await this.#ask(this.#redis.ping())
  }

  /** Lets what is under way finish, as far as the server answers. */
  async close(): Promise<void> {
    await this.#redis.quit().catch(() => undefined)
    this.#redis.disconnect()
  }

  async #set(key: string, value: Uint8Array, options: WriteOptions | undefined, flags: string[]): Promise<unknown> {
    assertKey(key)
    const ttlMs = lifetimeMs(options)
    const lifetime = ttlMs === undefined ? [] : ['PX', ttlMs]
    return this.#ask(this.#redis.call('SET', key, pack(value), ...lifetime, ...flags))
  }

  /** @throws Unavailable whatever went wrong; its cause says which, without the driver's error, which holds the command. */
  async #ask<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer
    } catch (error) {
      const reason = reasonOf(error)
      const before = reason === 'not connected' && this.#lastProblem !== undefined ? ` (${this.#lastProblem})` : ''
      throw new Unavailable('store', { cause: new Error(`redis: ${reason}${before}`) })
    }
  }
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
