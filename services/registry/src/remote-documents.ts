/**
 * Documents of clients, remembered: in this process (bounded), and sealed in the store for all replicas, of which one fetches.
 * How long is said by the document's own cache headers (RFC 9111), between a floor and a cap.
 *
 * Until a token was issued to the client nobody has signed in for it, so what is stored of it lives for minutes: strangers
 * who make up URLs cannot fill the store. One in use is kept beyond its freshness, and serves while its host is down.
 */
import { type Clock, keyOf, Refusal } from '@gateway/kernel'
import type { KeyValue } from '@gateway/store'
import { z } from 'zod'
import type { Limiter } from './limiter.ts'
import type { FetchLimits, GuardedFetch } from './undici/guarded-fetch.ts'

const MINUTE = 60_000
const FRESH_MIN_MS = 5 * MINUTE
const FRESH_MAX_MS = 24 * 60 * MINUTE
/** Of a client that nobody has used yet, in the store. */
const UNUSED_MS = 15 * MINUTE
const STALE_MS = 24 * 60 * MINUTE
/**
 * The draft (§4.4) forbids to cache errors as answers. This is no caching but a pause, so that nobody makes us ask a host
 * again and again.
 */
const REFUSED_MS = MINUTE
const UNREACHABLE_MS = MINUTE / 2
const POLL_MS = 100

const entrySchema = z.object({
  status: z.enum(['known', 'refused', 'unreachable']),
  body: z.unknown().optional(),
  reason: z.string().optional(),
  fresh_until: z.number(),
  /** Whether a token was issued to it. */
  in_use: z.boolean(),
})
type Entry = z.infer<typeof entrySchema>

export type Found<T> =
  | { readonly status: 'known'; readonly value: T }
  | { readonly status: 'refused' | 'unreachable'; readonly reason: string }

export interface RemoteDocumentsOptions<T> {
  /** First part of the stored keys. */
  readonly kind: string
  readonly limits: FetchLimits
  readonly fetch: GuardedFetch
  readonly store: KeyValue
  readonly clock: Clock
  /** How many fetches this replica may begin, by host and in all. */
  readonly perHost: Limiter
  readonly inAll: Limiter
  readonly rememberedMax: number
  /** @throws Refusal when the document is not acceptable; its code is the reason */
  readonly parse: (body: unknown, url: string) => T
}

export class RemoteDocuments<T> {
  readonly #options: RemoteDocumentsOptions<T>
  readonly #remembered = new Map<string, { readonly found: Found<T>; readonly freshUntil: number }>()
  readonly #underWay = new Map<string, Promise<Found<T>>>()

  constructor(options: RemoteDocumentsOptions<T>) {
    this.#options = options
  }

  /** @throws Unavailable the store is down, and nothing is remembered here */
  get(url: string): Promise<Found<T>> {
    const known = this.#remembered.get(url)
    if (known && known.freshUntil > this.#options.clock()) return Promise.resolve(known.found)
    const underWay = this.#underWay.get(url)
    if (underWay) return underWay
    const started = this.#load(url).finally(() => this.#underWay.delete(url))
    this.#underWay.set(url, started)
    return started
  }

  /** Asks the host again although the document is fresh, at most once in half a minute: a key that is new to us may be there. */
  async refetch(url: string): Promise<Found<T>> {
    const { store, kind } = this.#options
    const mayAsk = await store.putIfAbsent(`${kind}-again:${keyOf(url)}`, new Uint8Array(1), { ttlMs: UNREACHABLE_MS })
    if (!mayAsk) return this.get(url)
    return this.#refresh(url, await this.#stored(url))
  }

  /** What is stored of it, without asking its host; marks it as in use. Undefined when it is not known. */
  async use(url: string): Promise<T | undefined> {
    const entry = await this.#stored(url)
    if (entry?.status !== 'known') return undefined
    if (!entry.in_use) await this.#put(url, { ...entry, in_use: true })
    return this.#options.parse(entry.body, url)
  }

  async #load(url: string): Promise<Found<T>> {
    const { store, kind, limits, clock } = this.#options
    const lease = `${kind}-lease:${keyOf(url)}`
    const leaseMs = limits.timeoutMs + 2_000
    for (let waited = 0; waited < leaseMs; waited += POLL_MS) {
      const entry = await this.#stored(url)
      if (entry && entry.fresh_until > clock()) return this.#remember(url, entry)
      if (await store.putIfAbsent(lease, new Uint8Array(1), { ttlMs: leaseMs })) {
        try {
          // Whoever had the lease before may have just written.
          const newest = await this.#stored(url)
          if (newest && newest.fresh_until > clock()) return this.#remember(url, newest)
          return await this.#refresh(url, newest)
        } finally {
          await store.delete(lease)
        }
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    return { status: 'unreachable', reason: 'busy' }
  }

  async #refresh(url: string, before: Entry | undefined): Promise<Found<T>> {
    const { perHost, inAll, fetch, limits, clock } = this.#options
    const in_use = before?.in_use ?? false
    // Whoever makes up URLs must not use up what the clients that are in use need.
    const mayAsk = (await perHost.take(new URL(url).hostname)) && (in_use || (await inAll.take('')))
    if (!mayAsk) return this.#fallback(url, before, 'busy')
    const fetched = await fetch(url, limits)
    switch (fetched.status) {
      case 'answered': {
        const problem = this.#problemOf(fetched.body, url)
        if (problem !== undefined) return this.#keep(url, { ...refusedUntil(clock() + REFUSED_MS, problem), in_use })
        const freshMs = Math.min(Math.max(fetched.lifetimeMs, FRESH_MIN_MS), FRESH_MAX_MS)
        return this.#keep(url, { status: 'known', body: fetched.body, fresh_until: clock() + freshMs, in_use })
      }
      case 'refused':
        return this.#keep(url, { ...refusedUntil(clock() + REFUSED_MS, fetched.reason), in_use })
      case 'unreachable':
        return this.#fallback(url, before, fetched.reason)
    }
  }

  /** The document as it was, while its host does not answer (RFC 5861 §4); its entry's own life bounds that. */
  async #fallback(url: string, before: Entry | undefined, reason: string): Promise<Found<T>> {
    const { clock } = this.#options
    if (before?.status === 'known') return this.#remember(url, { ...before, fresh_until: clock() + UNREACHABLE_MS })
    const entry: Entry = {
      status: 'unreachable',
      reason,
      fresh_until: clock() + UNREACHABLE_MS,
      in_use: before?.in_use ?? false,
    }
    return reason === 'busy' ? { status: 'unreachable', reason } : this.#keep(url, entry)
  }

  #problemOf(body: unknown, url: string): string | undefined {
    try {
      this.#options.parse(body, url)
      return undefined
    } catch (error) {
      if (error instanceof Refusal) return reasonOf(error)
      throw error
    }
  }

  async #keep(url: string, entry: Entry): Promise<Found<T>> {
    await this.#put(url, entry)
    return this.#remember(url, entry)
  }

  async #put(url: string, entry: Entry): Promise<void> {
    const { store, kind, clock } = this.#options
    const freshMs = Math.max(entry.fresh_until - clock(), 1)
    const used = entry.in_use ? freshMs + STALE_MS : Math.min(freshMs, UNUSED_MS)
    const ttlMs = entry.status === 'known' ? used : freshMs
    await store.put(`${kind}:${keyOf(url)}`, Buffer.from(JSON.stringify(entry)), { ttlMs })
  }

  async #stored(url: string): Promise<Entry | undefined> {
    const { store, kind } = this.#options
    const entry = await store.get(`${kind}:${keyOf(url)}`)
    return entry && entrySchema.safeParse(JSON.parse(Buffer.from(entry.value).toString())).data
  }

  #remember(url: string, entry: Entry): Found<T> {
    const found = this.#toFound(url, entry)
    this.#remembered.delete(url)
    this.#remembered.set(url, { found, freshUntil: entry.fresh_until })
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > this.#options.rememberedMax && oldest !== undefined) this.#remembered.delete(oldest)
    return found
  }

  /** Judged again when it was stored by another version, whose rules may have been others. */
  #toFound(url: string, { status, body, reason = 'unknown' }: Entry): Found<T> {
    if (status !== 'known') return { status, reason }
    const problem = this.#problemOf(body, url)
    return problem === undefined
      ? { status, value: this.#options.parse(body, url) }
      : { status: 'refused', reason: problem }
  }
}

function reasonOf({ code, detail: { field } }: Refusal): string {
  return typeof field === 'string' ? `${code}:${field}` : code
}

function refusedUntil(fresh_until: number, reason: string): Pick<Entry, 'status' | 'reason' | 'fresh_until'> {
  return { status: 'refused', reason, fresh_until }
}
