import { keyOf, Unavailable } from '@gateway/kernel'
import { type KeyValue, memoryStore } from '@gateway/store'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { localLimiter } from './limiter.ts'
import { RemoteDocuments } from './remote-documents.ts'
import type { Fetched } from './undici/guarded-fetch.ts'

const url = 'https://client.example/client.json'
const LEASE = `document-lease:${keyOf(url)}`

describe('documents that several replicas remember', () => {
  let store: KeyValue
  let fetches: number
  let fetchMs: number
  let answer: Fetched

  const clock = () => Date.now()
  const limiter = () => localLimiter({ clock, max: () => 1_000, windowMs: 60_000 })
  const replica = (own: KeyValue = store) =>
    new RemoteDocuments<unknown>({
      kind: 'document',
      limits: { bytesMax: 1_000, timeoutMs: 1_000, jsonOnly: true },
      fetch: async () => {
        fetches++
        await new Promise((resolve) => setTimeout(resolve, fetchMs))
        return answer
      },
      store: own,
      clock,
      perHost: limiter(),
      inAll: limiter(),
      rememberedMax: 10,
      parse: (body) => body,
    })

  beforeEach(() => {
    store = memoryStore()
    fetches = 0
    fetchMs = 0
    answer = { status: 'answered', body: { a: 1 }, lifetimeMs: 0 }
  })

  it('are fetched by one of them, however many ask at once', async () => {
    fetchMs = 20
    const replicas = Array.from({ length: 3 }, () => replica())
    const found = await Promise.all(replicas.flatMap((one) => Array.from({ length: 10 }, () => one.get(url))))
    expect(new Set(found.map((one) => JSON.stringify(one)))).toEqual(new Set(['{"status":"known","value":{"a":1}}']))
    expect(fetches).toBe(1)
  })

  it('are not fetched again by one that was about to when another had just finished', async () => {
    const first = replica()
    const late = replica({
      ...store,
      get: (key) => store.get(key),
      put: (key, value, options) => store.put(key, value, options),
      delete: (key) => store.delete(key),
      putIfAbsent: async (key, value, options) => {
        await first.get(url)
        return store.putIfAbsent(key, value, options)
      },
    })
    expect(await late.get(url)).toEqual({ status: 'known', value: { a: 1 } })
    expect(fetches).toBe(1)
  })

  it('are fetched by another when the one that was about to has died', async () => {
    await store.putIfAbsent(LEASE, new Uint8Array(1), { ttlMs: 150 })
    expect(await replica().get(url)).toMatchObject({ status: 'known' })
    expect(fetches).toBe(1)
  })

  it('are said to be out of reach when nobody gets to it in time', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    await store.putIfAbsent(LEASE, new Uint8Array(1))
    const waiting = replica().get(url)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await waiting).toEqual({ status: 'unreachable', reason: 'busy' })
    expect(fetches).toBe(0)
  })

  it('share refusals and outages as well', async () => {
    for (const status of ['refused', 'unreachable'] as const) {
      store = memoryStore()
      answer = { status, reason: 'why' }
      expect(await replica().get(url)).toEqual({ status, reason: 'why' })
      expect(await replica().get(url)).toEqual({ status, reason: 'why' })
    }
    expect(fetches).toBe(2)
  })

  it('are an outage when the store is away, never unknown', async () => {
    const away = { ...store, get: () => Promise.reject(new Unavailable('store')) }
    await expect(replica(away).get(url)).rejects.toThrow('store is unavailable')
  })

  it('are remembered by each of them in a bounded number', async () => {
    const one = replica()
    for (let index = 0; index < 30; index++) await one.get(`${url}?${index}`)
    const kept = (await store.list('document:')).keys.length
    expect(kept).toBe(30)
    // The newest is held in the process, and needs no store any more; the oldest is not.
    await Promise.all((await store.list('')).keys.map((key) => store.delete(key)))
    await one.get(`${url}?29`)
    expect(fetches).toBe(30)
    await one.get(`${url}?0`)
    expect(fetches).toBe(31)
  })
})
