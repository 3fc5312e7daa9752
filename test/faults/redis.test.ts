/** Two replicas of each service over NATS and Redis, behind HAProxy, under load: each server and each service breaks in turn. */
import { startNatsServer, startRedisServer, wipeRedis } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { deploy } from '../e2e/stack/five-processes.ts'
import { SERVICES } from '../e2e/stack/replica.ts'
import { lost } from './check.ts'
import { type Fault, type FaultName, faults, type Target } from './faults.ts'
import { Ledger } from './ledger.ts'
import { isLong, LIMITS, report, SIGN_IN_AGAIN, sceneOfSuite } from './scene.ts'
import { attempt } from './trial.ts'
import { keysOf, possess } from './wipe.ts'

type Targets = 'nats' | 'redis' | (typeof SERVICES)[number]

const kinds = isLong ? faults(5_000, 10_000) : faults(1_500, 3_000)
const everywhere = ['nats', 'redis', ...SERVICES] as const satisfies readonly Targets[]
const trials: readonly (readonly [Targets, FaultName])[] = isLong
  ? everywhere.flatMap((target) => (Object.keys(kinds) as FaultName[]).map((fault) => [target, fault] as const))
  : [
      ['nats', 'killed'],
      ['nats', 'frozen'],
      ['nats', 'cut'],
      ['redis', 'killed'],
      ['redis', 'frozen'],
      ['redis', 'slow'],
      ...SERVICES.map((service) => [service, 'killed'] as const),
      ['token-issuer', 'frozen'],
      ['proxy', 'frozen'],
    ]

const start = () =>
  deploy({
    replicas: 2,
    nats: (config) => startNatsServer({ config }),
    store: () => startRedisServer(),
    configuration: (nats, redis) => `
nats: { url: "${nats.url}" }
storage: { type: redis, redis: { host: 127.0.0.1, port: ${redis.port} } }
${LIMITS}`,
    behind: (nats, store) => ({ nats, store, storeVariables: (port) => ({ MCP_REDIS_PORT: String(port) }) }),
  })

describe('under load, over NATS and Redis', () => {
  const on = sceneOfSuite('faults', start)

  function targetOf(name: Targets): Target {
    const { services, replicas, nats, store } = on.stack
    if (name === 'nats') return { name, process: nats, networks: replicas.flatMap(({ network }) => network.nats ?? []) }
    if (name === 'redis')
      return { name, process: store, networks: replicas.flatMap(({ network }) => network.store ?? []) }
    const [replica] = services[name]
    if (!replica) throw new Error(`there is no ${name}`)
    const { nats: toNats, store: toStore, edge } = replica.network
    return {
      name: `one ${name}`,
      process: replica,
      networks: [toNats, toStore].flatMap((network) => network ?? []),
      edge,
    }
  }

  it('would notice a client, a family and an end that are not there', async () => {
    const phantom = new Ledger()
    phantom.clients.push('phantom')
    const [living] = on.scene.checked.ledger.families.values()
    if (!living) throw new Error('nobody has signed in')
    phantom.families.set(living.sid, { ...living, state: 'revoked' })
    phantom.families.set('gone', { ...living, sid: 'gone' })
    const problems = (await lost({ ...on.scene.checked, ledger: phantom }, 0)).join('\n')
    expect(problems).toContain('client phantom is in no stream')
    expect(problems).toContain('client phantom cannot sign anybody in: 400')
    expect(problems).toContain('the audit has 0 of 1 audit.client.registered phantom')
    expect(problems).toContain('family gone (kept): is in no stream')
    expect(problems).toContain(`family ${living.sid} (revoked): is active`)
    expect(problems).toContain(`no proxy is told that ${living.sid} is revoked`)
    expect(problems).toContain(`revoked family ${living.sid} is refreshed: 200`)
    expect(problems).toContain(`proxy 1 answers 200 to revoked family ${living.sid}`)
  })

  it.each(trials)('loses nothing, fails no call and recovers by itself: %s, %s', async (target, fault) => {
    const result = await attempt(on.scene, targetOf(target), kinds[fault])
    report(result)
    expect(result.problems).toEqual([])
  })

  it('loses what the design names, and nothing else, when Redis forgets everything', async () => {
    const before = await possess(on.stack)
    expect([await before.isSignedIn(), await before.refresh()]).toEqual([true, '200'])
    const wiped: Fault = {
      name: 'wiped (FLUSHALL)',
      lastsMs: 0,
      inject: () => wipeRedis(on.stack.store),
      heal: async () => undefined,
      excuses: SIGN_IN_AGAIN,
    }
    const result = await attempt(on.scene, targetOf('redis'), wiped)
    report(result)
    expect(result.problems).toEqual([])
    // Gone: the profile and the upstream tokens, the pushed request, the browser's session.
    expect(await before.refresh()).toMatch(/^400 invalid_grant: The user must sign in again/)
    expect([await before.isPushed(), await before.isSignedIn()]).toEqual([false, false])
    // The family goes on once its person has signed in: nothing of it was in Redis.
    expect(await before.refresh()).toBe('200')
    // The lost key is replaced within seconds; each auth-server asks anew for the document of the keys once a minute.
    const documents = () => Promise.all(Array.from({ length: 4 }, () => keysOf(on.stack)))
    const counts = async () => (await documents()).map((keys) => keys.length)
    const withNew = Array.from({ length: 4 }, () => before.keys.length + 1)
    await expect.poll(counts, { timeout: 90_000, interval: 1_000 }).toEqual(withNew)
    for (const keys of await documents()) expect(keys).toEqual(expect.arrayContaining([...before.keys]))
    await on.stack.services['token-issuer'][0]?.restart()
    await on.stack.ready()
    expect(await before.refresh()).toBe('200')
  })
})
