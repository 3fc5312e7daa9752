/** Sentinel and Cluster, with real ones. */
import { newId, Secret, Unavailable } from '@gateway/kernel'
import {
  type RedisCluster,
  type RedisSentinels,
  serverOrSkip,
  startRedisCluster,
  startRedisSentinels,
} from '@gateway/testing'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { keyValueContract, listed } from '../contract/key-value.ts'
import { namespaced } from '../namespaced.ts'
import type { RedisOptions } from './options.ts'
import { redisCounter } from './redis-counter.ts'
import { redisStore } from './redis-store.ts'

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const value = new TextEncoder().encode('v')

const cluster = await serverOrSkip('the store in a Redis cluster', startRedisCluster)
const sentinels = await serverOrSkip('the store behind Redis Sentinel', () => startRedisSentinels({ password: 'p' }))
afterAll(() => Promise.all([cluster?.stop(), sentinels?.stop()]))

const unused = { host: 'unused.invalid', port: 1, db: 0, ssl: false }

function ofCluster({ nodes }: RedisCluster): RedisOptions {
  return { ...unused, cluster: { nodes: nodes.slice(0, 1).map(({ host, port }) => `${host}:${port}`) } }
}

function behindSentinels({ name, sentinel }: RedisSentinels): RedisOptions {
  const nodes = ['127.0.0.1:1', `${sentinel.host}:${sentinel.port}`]
  return { ...unused, password: new Secret('p'), sentinel: { name, nodes } }
}

async function open(options: RedisOptions) {
  const store = await redisStore(options)
  onTestFinished(() => store.close())
  return store
}

describe.skipIf(!cluster)('a Redis cluster', () => {
  keyValueContract(
    'a Redis cluster',
    async () => ({ store: namespaced(await open(ofCluster(cluster!)), `test-${newId()}`), wait: pause }),
    { accuracyMs: 60 },
  )

  it('counts', async () => {
    const counter = await redisCounter(ofCluster(cluster!), `test-${newId()}`)
    onTestFinished(() => counter.close())
    const within = { limit: 2, windowMs: 60_000 }
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`)
    for (const expected of [true, true, false]) {
      const answers = await Promise.all(keys.map((key) => counter.consume(key, 1, within)))
      expect(answers.every(({ allowed }) => allowed === expected)).toBe(true)
    }
  })

  it('that lacks a node reports what was there, keeps the rest, and is whole when it is back', async () => {
    const store = namespaced(await open(ofCluster(cluster!)), `test-${newId()}`)
    const keys = Array.from({ length: 30 }, (_, index) => `k${index}`)
    await Promise.all(keys.map((key) => store.put(key, value)))
    const lost = cluster!.nodes[2]!
    await lost.kill()
    const seen = () =>
      Promise.all(
        keys.map((key) =>
          store.get(key).then(
            (entry) => entry !== undefined,
            (error: unknown) => error,
          ),
        ),
      )
    try {
      const during = await seen()
      // Never "missing": the value, or an outage.
      expect(during.filter((answer) => answer !== true && !(answer instanceof Unavailable))).toEqual([])
      expect(during.some((answer) => answer instanceof Unavailable)).toBe(true)
      // Nor does a listing leave out what the lost node holds, however many pages of the others come before.
      await expect(listed(store, '')).rejects.toThrow(Unavailable)
      await expect(store.ping()).rejects.toThrow(Unavailable)
    } finally {
      await lost.restart()
    }
    await expect.poll(seen, { timeout: 15_000 }).toEqual(keys.map(() => true))
  })
})

describe.skipIf(!sentinels)('Redis behind Sentinel', () => {
  it('is found through the sentinels, whichever of them is up', async () => {
    const store = await open(behindSentinels(sentinels!))
    await store.put('k', value)
    expect((await store.get('k'))?.value).toEqual(value)
  })

  it('is the next master when the sentinels have made one, by itself', async () => {
    const store = await open(behindSentinels(sentinels!))
    await store.put('k', value)
    // Replication is asynchronous: the replica shall have it.
    await pause(300)
    await sentinels!.master.kill('SIGSTOP')
    expect(await store.get('k').catch((error: unknown) => error)).toBeInstanceOf(Unavailable)
    await expect
      .poll(() => store.putIfAbsent('new', value).catch(String), { timeout: 20_000, interval: 200 })
      .toBe(true)
    expect((await store.get('k'))?.value).toEqual(value)
    await sentinels!.master.kill('SIGCONT')
    await pause(2_000)
    // The old master is a replica by now: nobody reads or writes there.
    await store.put('after', value)
    expect((await store.get('after'))?.value).toEqual(value)
  })
})
