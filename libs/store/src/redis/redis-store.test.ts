import { once } from 'node:events'
import { connect } from 'node:net'
import { Keyring, Misconfigured, newId, Secret, Unavailable } from '@gateway/kernel'
import { type RedisServer, serverOrSkip, startRedisServer, startTcpProxy } from '@gateway/testing'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { keyValueContract } from '../contract/key-value.ts'
import { outageContract } from '../contract/outage.ts'
import { encrypted } from '../encrypted.ts'
import { namespaced } from '../namespaced.ts'
import type { KeyValue } from '../ports.ts'
import { reseal } from '../reseal.ts'
import { redisStore } from './redis-store.ts'

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const value = new TextEncoder().encode('v')

async function open(server: RedisServer, overrides: { password?: Secret } = {}): Promise<KeyValue> {
  const password = server.password === undefined ? {} : { password: new Secret(server.password) }
  const store = await redisStore({ host: server.host, port: server.port, db: 0, ssl: false, ...password, ...overrides })
  onTestFinished(() => store.close())
  return store
}

async function startOwn(password?: string): Promise<RedisServer> {
  const server = await startRedisServer({ password })
  onTestFinished(() => server.stop())
  return server
}

/** What it failed with, and after how many milliseconds. */
async function failure(attempt: () => Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const start = performance.now()
  const error: unknown = await attempt().then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { error, ms: performance.now() - start }
}

const redis = await serverOrSkip('the store in Redis', startRedisServer)
afterAll(() => redis?.stop())

describe.skipIf(!redis)('Redis', () => {
  keyValueContract('Redis', async () => ({ store: namespaced(await open(redis!), `test-${newId()}`), wait: pause }), {
    accuracyMs: 60,
  })

  it('keeps the rest of their lives to values that are sealed anew', async () => {
    const store = namespaced(await open(redis!), `test-${newId()}`)
    const keyringOf = (...ids: string[]) =>
      new Keyring(
        ids[0]!,
        ids.map((id) => ({ id, secret: new Secret(id) })),
      )
    const old = encrypted(namespaced(store, 'registry'), keyringOf('k1'), 'registry')
    await old.put('ends', value, { ttlMs: 400 })
    await old.put('stays', value)
    expect(await reseal(store, keyringOf('k2', 'k1'))).toEqual({ resealed: 2, current: 0, unreadable: [] })
    const now = encrypted(namespaced(store, 'registry'), keyringOf('k2'), 'registry')
    expect((await now.get('stays'))?.value).toEqual(value)
    await expect.poll(() => now.get('ends'), { timeout: 2_000 }).toBeUndefined()
    expect(await now.get('stays')).toBeDefined()
  })

  it('takes no value of another kind for one of ours', async () => {
    const store = await open(redis!)
    const socket = connect(redis!.port, redis!.host)
    socket.write('LPUSH test-list x\r\n')
    await once(socket, 'data')
    socket.destroy()
    const { error } = await failure(() => store.get('test-list'))
    expect(error).toBeInstanceOf(Unavailable)
    expect(String((error as Unavailable).cause)).toBe('Error: redis: WRONGTYPE')
    await store.delete('test-list')
  })
})

describe.skipIf(!redis)('Redis over a network', () => {
  outageContract(
    'Redis',
    async () => {
      const network = await startTcpProxy(redis!)
      onTestFinished(() => network.stop())
      const store = namespaced(await open({ ...redis!, port: network.port, host: network.host }), `test-${newId()}`)
      return {
        store,
        cut: async () => {
          network.cut()
          await pause(20)
        },
        mend: async () => network.mend(),
        slow: async (ms) => network.delay(ms),
      }
    },
    { reportedWithinMs: 100, timeoutMs: 500 },
  )

  const keyring = new Keyring('k1', [{ id: 'k1', secret: new Secret('a sealing key') }])
  keyValueContract(
    'a sealed namespace in Redis',
    async () => {
      const label = `test-${newId()}`
      return { store: encrypted(namespaced(await open(redis!), label), keyring, label), wait: pause }
    },
    { accuracyMs: 60 },
  )
})

describe.skipIf(!redis?.ours)('an outage of Redis', () => {
  it('is reported within milliseconds while it is down, and over when it is back, with everything in it', async () => {
    const server = await startOwn()
    const store = await open(server)
    await store.put('k', value)
    await server.kill()
    await pause(20)
    for (const attempt of [
      () => store.get('k'),
      () => store.put('k', value),
      () => store.take('k'),
      () => store.ping(),
    ]) {
      const { error, ms } = await failure(attempt)
      expect(error).toBeInstanceOf(Unavailable)
      expect(ms).toBeLessThan(100)
    }
    await server.restart()
    await expect.poll(() => store.ping().then(() => 'up', String), { timeout: 3_000 }).toBe('up')
    expect((await store.get('k'))?.value).toEqual(value)
  })

  it('reaches who was waiting for an answer at once, and nothing is sent a second time', async () => {
    const server = await startOwn()
    const store = await open(server)
    await server.kill('SIGSTOP')
    const waiting = failure(() => store.putIfAbsent('k', value))
    await pause(50)
    await server.kill()
    const { error, ms } = await waiting
    expect(error).toBeInstanceOf(Unavailable)
    expect(ms).toBeLessThan(400)
    await server.restart()
    await expect.poll(() => store.ping().then(() => 'up', String), { timeout: 3_000 }).toBe('up')
    expect(await store.get('k')).toBeUndefined()
  })

  it('is reported after half a second when it is frozen, and over when it goes on', async () => {
    const server = await startOwn()
    const store = await open(server)
    await store.put('k', value)
    await server.kill('SIGSTOP')
    const { error, ms } = await failure(() => store.get('k'))
    expect(error).toBeInstanceOf(Unavailable)
    expect(String((error as Unavailable).cause)).toBe('Error: redis: timeout')
    expect(ms).toBeGreaterThan(400)
    expect(ms).toBeLessThan(800)
    await server.kill('SIGCONT')
    await expect.poll(() => store.get('k').then((entry) => entry?.value, String), { timeout: 3_000 }).toEqual(value)
  })

  it('at the start is an outage like any other: the store opens, reports it, and recovers', async () => {
    const server = await startOwn()
    await server.kill()
    const store = await open(server)
    const { error } = await failure(() => store.get('k'))
    expect(error).toBeInstanceOf(Unavailable)
    expect(String((error as Unavailable).cause)).toBe('Error: redis: not connected (ECONNREFUSED)')
    await server.restart()
    await expect.poll(() => store.ping().then(() => 'up', String), { timeout: 3_000 }).toBe('up')
  })
})

describe.skipIf(!redis)('a Redis database that does not exist', () => {
  it('is a misconfiguration', async () => {
    const options = { host: redis!.host, port: redis!.port, db: 60_000, ssl: false }
    const { error } = await failure(() => redisStore(options))
    expect(error).toBeInstanceOf(Misconfigured)
    expect((error as Misconfigured).message).toMatch(/^storage\.redis\.db/)
  })
})

describe.skipIf(!redis?.ours)('a Redis with a password', () => {
  it('opens to the right one', async () => {
    const store = await open(await startOwn('p w"d'))
    await store.put('k', value)
    expect((await store.get('k'))?.value).toEqual(value)
  })

  it.each([['wrong'], [undefined]])(
    'is a misconfiguration with %s, whose text repeats no password',
    async (password) => {
      const server = await startOwn('right')
      const options = { host: server.host, port: server.port, db: 0, ssl: false }
      const { error } = await failure(() =>
        redisStore(password === undefined ? options : { ...options, password: new Secret(password) }),
      )
      expect(error).toBeInstanceOf(Misconfigured)
      expect((error as Misconfigured).message).toMatch(/^storage\.redis/)
      expect((error as Misconfigured).message).not.toMatch(/wrong|right/)
    },
  )

  it('never shows a command, a value or the password in what it throws', async () => {
    const server = await startOwn('right')
    const store = await open(server)
    await server.kill('SIGSTOP')
    const { error } = await failure(() => store.put('k', new TextEncoder().encode('a secret value')))
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause)
    expect(shown).not.toMatch(/a secret value|right|SET/)
    expect(Object.keys((error as Error).cause as object)).toEqual([])
  })
})
