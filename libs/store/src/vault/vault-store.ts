/**
 * The store in Vault or OpenBao (KV version 2): every change is a read and a check-and-set, so any number of replicas may
 * race. Lifetimes are kept in the values and enforced on reading; {@link Sweeper} removes what is over.
 *
 * Made for what changes rarely (keys, identities). What changes with every login belongs in Redis: a write costs two to three
 * requests here.
 */
import { type Clock, systemClock, Unavailable } from '@gateway/kernel'
import { assertKey, assertPrefix } from '../keys.ts'
import type { Entry, KeyPage, KeyValue, Page, ReplaceOptions, WriteOptions } from '../ports.ts'
import { Kv, type Revision } from './kv.ts'
import { keyOfName, nameOf } from './names.ts'
import type { VaultOptions } from './options.ts'
import { isHeld, LEASE_MS, liveValue, successorOf, type ValueRecord, type VaultRecord, valueRecord } from './record.ts'
import { Session, type SessionListeners } from './session.ts'
import { Sweeper } from './sweeper.ts'

export type { VaultOptions } from './options.ts'

const PAGE_SIZE = 100
/** Enough for a hundred writers of one key; then somebody is told to come back. */
const ATTEMPTS_MAX = 200
const PAUSE_MS_MAX = 20
/** How long a writer waits for a name that is being removed. */
const HELD_ATTEMPTS_MAX = 50

export interface VaultStoreDeps extends SessionListeners {
  readonly clock?: Clock | undefined
}

/**
 * A server that is down or sealed is an outage, which the methods report.
 * @throws Misconfigured when the login lacks something or is refused
 */
export async function vaultStore(options: VaultOptions, deps: VaultStoreDeps = {}): Promise<KeyValue> {
  const session = await Session.open(options, deps)
  return new VaultStore(new Kv(session, options), session, deps.clock ?? systemClock)
}

class VaultStore implements KeyValue {
  readonly #kv: Kv
  readonly #clock: Clock
  readonly #sweeper: Sweeper
  readonly #session: Session

  constructor(kv: Kv, session: Session, clock: Clock) {
    this.#kv = kv
    this.#session = session
    this.#clock = clock
    this.#sweeper = new Sweeper(kv, clock)
  }

  async get(key: string): Promise<Entry | undefined> {
    assertKey(key)
    const { revision, data } = await this.#kv.read(nameOf(key))
    const record = liveValue(data, this.#clock())
    return record && { value: bytesOf(record), version: versionOf(revision, record) }
  }

  async put(key: string, value: Uint8Array, options?: WriteOptions): Promise<void> {
    await this.#change(key, () => ({ write: valueRecord(value, options, this.#clock()), result: undefined }))
  }

  putIfAbsent(key: string, value: Uint8Array, options?: WriteOptions): Promise<boolean> {
    return this.#change(key, (_, record) =>
      record ? { result: false } : { write: valueRecord(value, options, this.#clock()), result: true },
    )
  }

  compareAndSet(key: string, version: string, value: Uint8Array, options?: ReplaceOptions): Promise<boolean> {
    return this.#change(key, (revision, record) => {
      if (!record || versionOf(revision, record) !== version) return { result: false }
      const write = options?.keepTtl ? successorOf(record, value) : valueRecord(value, options, this.#clock())
      return { write, result: true }
    })
  }

  take(key: string): Promise<Uint8Array | undefined> {
    return this.#change(key, (_, record) =>
      record ? { write: this.#trace(), result: bytesOf(record) } : { result: undefined },
    )
  }

  async delete(key: string): Promise<void> {
    await this.#change(key, (_, record) => ({ ...(record ? { write: this.#trace() } : {}), result: undefined }))
  }

  /** The engine lists all names at once; a page costs one more request for each of its keys. The cursor is the last name. */
  async list(prefix: string, page: Page = {}): Promise<KeyPage> {
    assertPrefix(prefix)
    const limit = page.limit ?? PAGE_SIZE
    const after = page.cursor ?? ''
    const names = (await this.#kv.names())
      .filter((name) => name > after && keyOfName(name).startsWith(prefix))
      .toSorted()
    const chosen = names.slice(0, limit)
    const found = await Promise.all(chosen.map(async (name) => ({ name, data: (await this.#kv.read(name)).data })))
    const keys = found.filter(({ data }) => liveValue(data, this.#clock())).map(({ name }) => keyOfName(name))
    const last = chosen.at(-1)
    return { keys, ...(last !== undefined && names.length > limit ? { next: last } : {}) }
  }

  /** Also of a token that serves until its end and can be neither renewed nor replaced: while there is time to mend it. */
  async ping(): Promise<void> {
    this.#session.assertHolds()
    await this.#kv.lookupToken()
  }

  async close(): Promise<void> {
    await this.#sweeper.idle()
    this.#session.close()
  }

  #trace(): VaultRecord {
    return { state: 'gone', at: this.#clock() }
  }

  /** Reads, judges, writes what was judged right if nothing changed meanwhile; else once more. @throws Unavailable */
  async #change<Result>(key: string, judge: Judge<Result>): Promise<Result> {
    assertKey(key)
    const name = nameOf(key)
    let held = 0
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const current = await this.#kv.read(name)
      const { write, result } = judge(current.revision, liveValue(current.data, this.#clock()))
      if (!write) return result
      if (isHeld(current.data, this.#clock())) {
        held += 1
        if (held > HELD_ATTEMPTS_MAX) throw new Unavailable('store', { retryAfterSeconds: LEASE_MS / 1_000 })
      } else if (await this.#write(name, write, current)) return result
      await new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE_MS_MAX))
    }
    throw new Unavailable('store', { cause: new Error('vault: too many writers of one key'), retryAfterSeconds: 1 })
  }

  async #write(name: string, record: VaultRecord, current: Revision): Promise<boolean> {
    const written = await this.#kv.write(name, record, current.revision)
    if (written && current.revision === 0) this.#sweeper.created()
    return written
  }
}

/** What to write, if anything, and what to answer once it is written. `record` is the live value, if there is one. */
type Judge<Result> = (
  revision: number,
  record: ValueRecord | undefined,
) => { readonly write?: VaultRecord; readonly result: Result }

function bytesOf(record: ValueRecord): Uint8Array {
  return new Uint8Array(Buffer.from(record.value, 'base64'))
}

function versionOf(revision: number, record: ValueRecord): string {
  return `${revision}.${record.id}`
}
