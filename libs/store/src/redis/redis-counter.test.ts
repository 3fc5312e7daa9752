import { newId } from '@gateway/kernel'
import { type RedisServer, serverOrSkip, startRedisServer } from '@gateway/testing'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { counterContract } from '../contract/counter.ts'
import { openCounter } from '../open.ts'
import { redisCounter } from './redis-counter.ts'

const redis = await serverOrSkip('counting in Redis', startRedisServer)
afterAll(() => redis?.stop())

const optionsOf = ({ host, port }: RedisServer) => ({ host, port, db: 0, ssl: false })

async function keysIn(server: RedisServer, pattern: string): Promise<string[]> {
  const client = new Redis({ host: server.host, port: server.port })
  const keys = await client.keys(pattern)
  client.disconnect()
  return keys
}

async function open(server: RedisServer) {
  const prefix = `test-${newId()}`
  const counter = await redisCounter(optionsOf(server), prefix)
  onTestFinished(() => counter.close())
  return { counter, storedKeys: () => keysIn(server, `${prefix}*`) }
}

describe.skipIf(!redis?.ours)('Redis', () => {
  counterContract('Redis', async () => {
    // Its own server, since one case ends it.
    const server = await startRedisServer()
    onTestFinished(() => server.stop())
    return { ...(await open(server)), breakDown: () => server.kill() }
  })

  it('counts over all replicas, and forgets what is over by itself', async () => {
    const shared = await redisCounter(optionsOf(redis!), 'test-shared')
    const again = await redisCounter(optionsOf(redis!), 'test-shared')
    const within = { limit: 2, windowMs: 1_000 }
    expect((await shared.consume('k', 1, within)).remaining).toBe(1)
    expect((await again.consume('k', 1, within)).remaining).toBe(0)
    expect((await shared.consume('k', 1, within)).allowed).toBe(false)
    await expect.poll(() => keysIn(redis!, 'test-shared*'), { timeout: 3_000 }).toEqual([])
    await Promise.all([shared.close(), again.close()])
  })

  it('counts on after the server came back without what it had counted', async () => {
    const server = await startRedisServer({ args: ['--appendonly', 'no'] })
    onTestFinished(() => server.stop())
    const { counter } = await open(server)
    const within = { limit: 1, windowMs: 60_000 }
    await counter.consume('k', 1, within)
    await server.kill()
    await server.restart()
    await expect
      .poll(() => counter.consume('k', 1, within).then((answer) => answer.allowed, String), { timeout: 3_000 })
      .toBe(true)
  })

  it('keeps counts beside the store, not in it', async () => {
    const { counter } = await openCounter({ type: 'redis', redis: optionsOf(redis!) })
    await counter.consume('k', 1, { limit: 1, windowMs: 1_000 })
    expect(await keysIn(redis!, 'mcp-gateway-limits:1000:*')).toHaveLength(1)
    expect(await keysIn(redis!, 'mcp-gateway:*')).toEqual([])
    await counter.close()
  })
})
