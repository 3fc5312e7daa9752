/**
 * What one process without NATS must not forget, in Redis: a hash of texts, and a lease that admits one process. Every write
 * is judged by the lease and by the write before it, so that neither a frozen process nor a late command does harm.
 *
 * Has the shape of the `Journal` of `@gateway/bus`, which is held against it where both meet (`services/gateway`).
 */
import { Misconfigured, newId } from '@gateway/kernel'
import { type Connection, connect } from './connection.ts'
import { HOLD, RELEASE, REPLACE, SETTLE, WRITE } from './journal-scripts.ts'
import { REDIS_DEFAULTS, type RedisOptions } from './options.ts'

export interface RedisJournalOptions {
  readonly redis?: RedisOptions | undefined
  /** Told of what an operator should know: a lease that is waited for, a server that forgets. */
  readonly onNotice?: (text: string) => void
  /** Told when another process has taken the journal: nothing is written any more. */
  readonly onLost?: (error: Misconfigured) => void
  readonly leaseMs?: number
}

type Entries = Iterable<readonly [key: string, text: string]>

interface Batch {
  readonly puts: readonly (readonly [key: string, text: string])[]
  readonly removes: readonly string[]
  readonly everything: () => Entries
}

export interface RedisJournal {
  load(): AsyncIterable<readonly [key: string, text: string]>
  write(batch: Batch): Promise<void>
  settle(): Promise<boolean>
  close(): Promise<void>
}

/** One slot, should it be a cluster. */
const FACTS = '{mcp-gateway-journal}:facts'
const LEASE = '{mcp-gateway-journal}:lease'
const ANEW = '{mcp-gateway-journal}:anew'
const BATCH_FIELD = 'batch'

/** A killed process keeps the next one waiting for this long. */
const LEASE_MS = 5_000
const POLL_MS = 250
const CHUNK = 500

/** Waits for the lease of a process that was killed. @throws Misconfigured another process holds it; Unavailable */
export async function redisJournal(options: RedisJournalOptions): Promise<RedisJournal> {
  const connection = await connect(options.redis ?? REDIS_DEFAULTS)
  const journal = new Journal(connection, options)
  try {
    await journal.acquire()
    await tellWhatIsForgotten(connection, options.onNotice)
    return journal
  } catch (error) {
    await journal.close()
    throw error
  }
}

class Journal implements RedisJournal {
  readonly #connection: Connection
  readonly #onNotice: (text: string) => void
  readonly #onLost: (error: Misconfigured) => void
  readonly #leaseMs: number
  readonly #token = newId()
  #renewal: NodeJS.Timeout | undefined
  #lost: Misconfigured | undefined
  /** The last batch that is certainly kept, and the one in doubt. */
  #last = ''
  #next = ''
  #count = 0

  constructor(connection: Connection, options: RedisJournalOptions) {
    this.#connection = connection
    this.#onNotice = options.onNotice ?? (() => undefined)
    this.#onLost = options.onLost ?? (() => undefined)
    this.#leaseMs = options.leaseMs ?? LEASE_MS
  }

  async acquire(): Promise<void> {
    const until = Date.now() + this.#leaseMs * 1.5
    let told = false
    while ((await this.#run(HOLD)) !== 'held') {
      if (Date.now() > until) throw taken()
      if (!told) this.#onNotice('another process held the facts in Redis a moment ago: waiting for whether it lives')
      told = true
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    this.#renewal = setInterval(() => void this.#renew(), this.#leaseMs / 4)
    this.#renewal.unref()
  }

  async *load(): AsyncIterable<readonly [string, string]> {
    // Scanning may come upon a field twice.
    const entries = new Map<string, string>()
    let cursor = '0'
    do {
      const scanned = await this.#connection.ask(this.#connection.redis.hscan(FACTS, cursor, 'COUNT', CHUNK))
      cursor = scanned[0]
      for (let at = 0; at < scanned[1].length; at += 2) entries.set(scanned[1][at] ?? '', scanned[1][at + 1] ?? '')
    } while (cursor !== '0')
    this.#last = entries.get(BATCH_FIELD) ?? ''
    entries.delete(BATCH_FIELD)
    yield* entries
  }

  async write(batch: Batch): Promise<void> {
    if (this.#lost) throw this.#lost
    this.#next = this.#newBatch()
    const args = [this.#last, this.#next, String(batch.puts.length), ...batch.puts.flat(), ...batch.removes]
    let outcome = await this.#run(WRITE, args)
    if (outcome === 'lost') {
      await this.#writeAnew(batch.everything())
      outcome = await this.#run(WRITE, args)
    }
    if (outcome !== 'kept') throw this.#lose()
    this.#last = this.#next
  }

  async settle(): Promise<boolean> {
    if (this.#lost) throw this.#lost
    const fence = this.#newBatch()
    const outcome = await this.#run(SETTLE, [this.#last, this.#next, fence])
    if (outcome === 'taken') throw this.#lose()
    if (outcome === 'kept') this.#last = this.#next
    if (outcome === 'fenced') this.#last = fence
    return outcome === 'kept'
  }

  async close(): Promise<void> {
    clearInterval(this.#renewal)
    await this.#run(RELEASE).catch(() => undefined)
    await this.#connection.close()
  }

  /** The server has lost what this process still holds. */
  async #writeAnew(everything: Entries): Promise<void> {
    const { redis } = this.#connection
    await this.#connection.ask(redis.del(ANEW))
    await this.#connection.ask(redis.hset(ANEW, BATCH_FIELD, this.#last))
    let fields: string[] = []
    for (const entry of everything) {
      fields.push(...entry)
      if (fields.length < CHUNK * 2) continue
      await this.#connection.ask(redis.hset(ANEW, ...fields))
      fields = []
    }
    if (fields.length > 0) await this.#connection.ask(redis.hset(ANEW, ...fields))
    if ((await this.#run(REPLACE)) !== 'replaced') throw this.#lose()
    this.#onNotice('Redis had lost the facts of this process: they were written anew')
  }

  /** What happens to the lease meanwhile is judged by every write; this keeps it from ending while nothing is written. */
  async #renew(): Promise<void> {
    const outcome = await this.#run(HOLD).catch(() => undefined)
    if (outcome === 'taken') this.#lose()
  }

  #lose(): Misconfigured {
    if (this.#lost) return this.#lost
    clearInterval(this.#renewal)
    this.#lost = taken()
    this.#onLost(this.#lost)
    return this.#lost
  }

  #newBatch(): string {
    return `${this.#token}.${++this.#count}`
  }

  async #run(script: string, args: readonly string[] = []): Promise<string> {
    const { redis } = this.#connection
    const running = redis.eval(script, 3, FACTS, LEASE, ANEW, this.#token, String(this.#leaseMs), ...args)
    return String(await this.#connection.ask(running))
  }
}

function taken(): Misconfigured {
  return new Misconfigured([
    'nats.url: missing, and another gateway process keeps its facts in this Redis: several need NATS (or, where they are different gateways, a storage.redis.db each)',
  ])
}

/** Redis does what its operator configured; where that is less than keeping everything, it is said once. */
async function tellWhatIsForgotten(
  { redis }: Connection,
  onNotice: (text: string) => void = () => undefined,
): Promise<void> {
  const persistence = await redis.info('persistence').catch(() => '')
  if (/^aof_enabled:0/m.test(persistence)) {
    onNotice(
      'Redis keeps no append-only file (appendonly no): clients, tokens and consents since its last snapshot are lost when it stops',
    )
  }
  const memory = await redis.info('memory').catch(() => '')
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1]
  if (policy?.startsWith('allkeys')) {
    onNotice(`Redis may evict the facts (maxmemory-policy ${policy}): use noeviction or a volatile policy`)
  }
}
