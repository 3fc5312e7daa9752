import { type AnyBus, type BusOptions, busContract, journalContract } from '@gateway/bus/contract'
import { journalledBus, type MemoryBus } from '@gateway/bus/memory'
import { Misconfigured, Unavailable } from '@gateway/kernel'
import { type RedisServer, serverOrSkip, startRedisServer } from '@gateway/testing'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type RedisJournalOptions, redisJournal } from './journal.ts'

const LEASE_MS = 1_000
const STREAM = {
  name: 'EVT_THINGS',
  subjects: ['evt.test.thing.*'],
  discard: 'new',
  appendOnly: false,
  replicas: 1,
} as const
const A = 'evt.test.thing.a'

const server = await serverOrSkip('a journal in Redis', () => startRedisServer())

describe.skipIf(!server)('over redis-server', () => {
  const redis = server as RedisServer
  /** A database of its own for each case. */
  let db = 0
  let admin: Redis
  const open = (more: Partial<RedisJournalOptions> = {}) =>
    redisJournal({ redis: { host: redis.host, port: redis.port, db, ssl: false }, leaseMs: LEASE_MS, ...more })

  beforeEach(async () => {
    if (redis.ours) await redis.kill('SIGCONT')
    db = (db + 1) % 16
    admin = new Redis({ host: redis.host, port: redis.port, db, protocol: 2 })
    await admin.flushdb()
  })
  afterEach(async () => {
    admin.disconnect()
  })
  afterAll(() => redis.stop())

  const buses = new WeakMap<BusOptions, AnyBus>()
  busContract('the bus with a journal in Redis', {
    open: async (options) => {
      const bus = buses.get(options) ?? (await journalledBus({ ...options, journal: await open() }))
      buses.set(options, bus)
      return bus
    },
  })

  journalContract('Redis', async () => ({ open: () => open() }))

  describe('a journal in Redis', () => {
    const opened: MemoryBus[] = []
    afterEach(async () => {
      await redis.kill('SIGCONT')
      for (const bus of opened.splice(0)) await bus.close()
    })
    async function start(more: Partial<RedisJournalOptions> = {}): Promise<MemoryBus> {
      const bus = await journalledBus({ journal: await open(more), onFailure: () => undefined })
      opened.push(bus)
      await bus.ensureStream(STREAM)
      return bus
    }

    it('waits for the lease of a process that was killed', async () => {
      await admin.set('{mcp-gateway-journal}:lease', 'of the dead', 'PX', LEASE_MS)
      const notices: string[] = []
      const bus = await start({ onNotice: (text) => notices.push(text) })
      expect(await bus.append(A, 'r1.0', 1, 0)).toEqual({ sequence: 1 })
      expect(notices).toEqual([expect.stringContaining('waiting for whether it lives')])
    })

    it('keeps its lease for as long as it lives', async () => {
      await start()
      await new Promise((resolve) => setTimeout(resolve, LEASE_MS * 1.5))
      await expect(open()).rejects.toThrow('nats.url')
    })

    it('writes nothing once another process has taken over, and says so', async () => {
      const lost: Misconfigured[] = []
      const bus = await start({ onLost: (error) => lost.push(error) })
      await bus.append(A, 'r1.0', 1, 0)
      await admin.set('{mcp-gateway-journal}:lease', 'of another', 'PX', 60_000)
      await vi.waitFor(() => expect(lost).toEqual([expect.any(Misconfigured)]))
      await expect(bus.append(A, 'r2.0', 2, 1)).rejects.toBeInstanceOf(Unavailable)
      const facts = await admin.hgetall('{mcp-gateway-journal}:facts')
      expect(Object.keys(facts).filter((key) => key.startsWith('message/'))).toEqual(['message/EVT_THINGS/1'])
      await admin.del('{mcp-gateway-journal}:lease')
    })

    it('writes nothing after another process has written, although the lease is free again', async () => {
      const bus = await start()
      await bus.append(A, 'r1.0', 1, 0)
      await admin.hset('{mcp-gateway-journal}:facts', 'batch', 'of-another.1')
      await expect(bus.append(A, 'r2.0', 2, 1)).rejects.toBeInstanceOf(Unavailable)
      expect(await admin.hexists('{mcp-gateway-journal}:facts', 'message/EVT_THINGS/2')).toBe(0)
    })

    it('writes everything anew where Redis was wiped under it', async () => {
      const notices: string[] = []
      const bus = await start({ onNotice: (text) => notices.push(text) })
      for (let n = 0; n < 1_200; n++) await bus.publish(`evt.test.thing.${n}`, `e${n}`, n)
      await admin.flushdb()
      await bus.publish(A, 'e1200', 1_200)
      expect(notices).toEqual([expect.stringContaining('were written anew')])
      await bus.close()
      const again = await start()
      expect(await again.last('evt.test.thing.0')).toMatchObject({ sequence: 1 })
      expect(await again.last(A)).toMatchObject({ sequence: 1_201, data: 1_200 })
    })

    it('writes anew what Redis forgot of its last seconds in a crash', async () => {
      const bus = await start()
      await bus.append(A, 'r1.0', 1, 0)
      const before = await admin.hgetall('{mcp-gateway-journal}:facts')
      await bus.append(A, 'r2.0', 2, 1)
      await admin.del('{mcp-gateway-journal}:facts')
      await admin.hset('{mcp-gateway-journal}:facts', before)
      await bus.append(A, 'r3.0', 3, 2)
      await bus.close()
      const again = await start()
      expect(await again.last(A)).toMatchObject({ id: 'r3.0', sequence: 3 })
      expect(await admin.hexists('{mcp-gateway-journal}:facts', 'message/EVT_THINGS/2')).toBe(1)
    })

    it.skipIf(!redis?.ours)(
      'knows after a freeze whether a write in doubt was kept, and lets none come late',
      async () => {
        const bus = await start({ leaseMs: 10_000 })
        await bus.append(A, 'r1.0', 1, 0)
        await redis.kill('SIGSTOP')
        await expect(bus.append(A, 'r2.0', 2, 1)).rejects.toBeInstanceOf(Unavailable)
        expect(bus.status()).toBe('down')
        await redis.kill('SIGCONT')
        await vi.waitFor(() => expect(bus.status()).toBe('up'), { timeout: 10_000 })
        const last = await bus.last(A)
        const stored = await admin.hexists('{mcp-gateway-journal}:facts', `message/EVT_THINGS/2`)
        expect(last?.sequence).toBe(stored === 1 ? 2 : 1)
        await bus.append(A, 'r3.0', 3, last?.sequence ?? 0)
        await bus.close()
        expect(await (await start()).last(A)).toMatchObject({ id: 'r3.0' })
      },
    )

    it('says where Redis itself keeps too little', async () => {
      await admin.config('SET', 'appendonly', 'no', 'maxmemory-policy', 'allkeys-lru')
      const notices: string[] = []
      await start({ onNotice: (text) => notices.push(text) })
      await admin.config('SET', 'appendonly', 'yes', 'maxmemory-policy', 'noeviction')
      expect(notices).toEqual([expect.stringContaining('appendonly no'), expect.stringContaining('allkeys-lru')])
    })
  })
})
