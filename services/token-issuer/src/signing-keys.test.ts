import { load } from '@gateway/bus'
import { sources } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { memoryStore } from '@gateway/store'
import { testDeps } from '@gateway/testing'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { KeyRingView } from './domain/key-ring-view.ts'
import { signJwt } from './jwt.ts'
import { startKeyCheck } from './key-check.ts'
import { PrivateKeys } from './private-keys.ts'
import { keyRings, SigningKeys } from './signing-keys.ts'
import { startIssuer } from './test-support/issuer.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let deps: Awaited<ReturnType<typeof testDeps>>

beforeEach(async () => {
  deps = await testDeps()
})

/** One replica's keys, over the shared bus and store. */
async function replica() {
  const view = new KeyRingView()
  const { bus, clock, log, store } = deps
  await (await bus.project(sources.keys, view)).caughtUp
  const policy = { ...deps.config.keys, access_ttl_seconds: 3600 }
  return new SigningKeys({ bus, view, privateKeys: new PrivateKeys(store), clock, log, policy })
}

const replicas = (count: number) => Promise.all(Array.from({ length: count }, replica))

async function ring() {
  const { state } = await load(deps.bus, keyRings, 'access-token')
  return state.keys
}
const statuses = async () => (await ring()).map(({ status }) => status)
const stored = async () => (await deps.store.list('')).keys
const wipeStore = () => {
  deps = { ...deps, store: memoryStore({ clock: deps.clock }) }
}

describe('the first start', () => {
  it('of ten replicas at once makes one active key, and leaves no orphan in the store', async () => {
    const signers = await Promise.all((await replicas(10)).map((keys) => keys.signer('access-token')))
    expect(new Set(signers.map(({ kid }) => kid)).size).toBe(1)
    expect(await statuses()).toEqual(['active'])
    expect(await stored()).toEqual([`signing-key:${signers[0]?.kid}`])
  })

  it('makes a key for each ring, its private part sealed in the store', async () => {
    const issuer = await startIssuer(deps)
    expect(await stored()).toHaveLength(2)
    for (const key of await stored()) {
      expect(key).toMatch(/^token-issuer:signing-key:[\w-]{22}$/)
      const entry = await deps.store.get(key)
      // The first bytes of a sealed value: its version, then the id of its sealing key.
      expect(Buffer.from(entry?.value ?? []).subarray(0, 4)).toEqual(Buffer.from([1, 2, ...Buffer.from('k1')]))
    }
    const [access, assertion] = await Promise.all([issuer.jwks('access-token'), issuer.jwks('assertion')])
    const text = expect.any(String)
    expect(access.keys).toEqual([{ kty: 'EC', crv: 'P-256', x: text, y: text, kid: text, alg: 'ES256', use: 'sig' }])
    expect(assertion.keys).toHaveLength(1)
    expect(assertion.keys[0]?.kid).not.toBe(access.keys[0]?.kid)
  })
})

describe('a wiped store', () => {
  it('gives one new key at once to replicas that restart, and what the lost one signed stays verifiable', async () => {
    const before = await (await replica()).signer('access-token')
    wipeStore()
    const [one, two] = await replicas(2)
    const signers = await Promise.all([one?.signer('access-token'), two?.signer('access-token')])
    expect(signers[0]?.kid).toBe(signers[1]?.kid)
    expect(signers[0]?.kid).not.toBe(before.kid)
    expect(await statuses()).toEqual(['retired', 'active'])
    expect((await one?.jwks('access-token'))?.keys.map(({ kid }) => kid)).toEqual([before.kid, signers[0]?.kid])
  })

  it('gives one new key to replicas that still hold the lost one, which sign on with it until then', async () => {
    const shared = memoryStore({ clock: deps.clock })
    deps = { ...deps, store: shared }
    const all = await replicas(3)
    const before = await all[0]?.signer('access-token')
    for (const keys of all) await keys.signer('access-token')
    for (const key of await stored()) await shared.delete(key)
    expect((await all[1]?.signer('access-token'))?.kid).toBe(before?.kid)

    await Promise.all(all.map((keys) => keys.replaceLost()))
    expect(await statuses()).toEqual(['retired', 'active'])
    const [, fresh] = await ring()
    expect(await stored()).toContain(`signing-key:${fresh?.kid}`)
    for (const keys of all) expect((await keys.signer('access-token')).kid).toBe(fresh?.kid)
    expect((await all[2]?.jwks('access-token'))?.keys.map(({ kid }) => kid)).toEqual([before?.kid, fresh?.kid])
  })

  it('is told from one that is away, which costs no key', async () => {
    const keys = await replica()
    await keys.advance()
    const outage = new Unavailable('store')
    vi.spyOn(deps.store, 'get').mockRejectedValue(outage)
    await expect(keys.replaceLost()).rejects.toBe(outage)
    expect(await statuses()).toEqual(['active'])
  })
})

describe('the schedule', () => {
  it('publishes, activates, retires and drops keys, however many replicas look at once', async () => {
    const all = await replicas(3)
    const advance = () => Promise.all(all.map((keys) => keys.advance()))
    await advance()
    const [first] = await ring()

    deps.clock.advance(29 * DAY_MS)
    await advance()
    expect(await statuses()).toEqual(['active', 'pending'])

    deps.clock.advance(DAY_MS)
    await advance()
    expect(await statuses()).toEqual(['retired', 'active'])

    deps.clock.advance(DAY_MS + HOUR_MS)
    await advance()
    const left = await ring()
    expect(left.map(({ status }) => status)).toEqual(['active'])
    expect(await stored()).not.toContain(`signing-key:${first?.kid}`)
    expect(await stored()).toContain(`signing-key:${left[0]?.kid}`)
  })

  it('refuses no token that is alive, and every replica signs with the new key at once', async () => {
    const [one, two] = (await replicas(2)) as [SigningKeys, SigningKeys]
    const kids = new Set<string>()
    for (let hour = 0; hour < 32 * 24; hour += 6) {
      await one.advance()
      const signers = await Promise.all([one.signer('access-token'), two.signer('access-token')])
      expect(signers[0].kid).toBe(signers[1].kid)
      const tokens = signers.map((signer) => signJwt(signer, 'at+jwt', { sub: `hour ${hour}` }))
      kids.add(signers[0].kid)

      deps.clock.advance(HOUR_MS)
      await two.advance()
      const keys = createLocalJWKSet(await two.jwks('access-token'))
      for (const token of tokens) expect((await jwtVerify(token, keys)).payload.sub).toBe(`hour ${hour}`)
      deps.clock.advance(5 * HOUR_MS)
    }
    expect(kids.size).toBe(2)
  })

  it('replaces a waiting key whose private part was lost', async () => {
    const keys = await replica()
    await keys.advance()
    deps.clock.advance(29 * DAY_MS)
    await (await replica()).advance()
    const waiting = (await ring()).find(({ status }) => status === 'pending')
    await deps.store.delete(`signing-key:${waiting?.kid}`)

    deps.clock.advance(DAY_MS)
    await keys.advance()
    expect(await statuses()).toEqual(['active', 'pending'])
    deps.clock.advance(DAY_MS)
    await keys.advance()
    expect(await statuses()).toEqual(['retired', 'active'])
  })

  it('is looked at once a minute, and every two seconds whether a key was lost', async () => {
    const looks: string[] = []
    const keys = { advance: async () => void looks.push('advance'), replaceLost: async () => void looks.push('lost') }
    vi.useFakeTimers()
    const check = startKeyCheck(keys, deps.log)
    await vi.advanceTimersByTimeAsync(120_000)
    vi.useRealTimers()
    await check.stop()
    const minute = [...Array.from({ length: 29 }, () => 'lost'), 'advance']
    expect(looks).toEqual([...minute, ...minute])
  })

  it('says once that it cannot look, and again after it could', async () => {
    const outcomes = [false, false, false, true, false]
    const problems: unknown[] = []
    const replaceLost = async () => {
      if (!outcomes.shift()) throw new Unavailable('store')
    }
    vi.useFakeTimers()
    const check = startKeyCheck(
      { advance: replaceLost, replaceLost },
      { warn: (problem: unknown) => void problems.push(problem) },
    )
    await vi.advanceTimersByTimeAsync(10_000)
    vi.useRealTimers()
    await check.stop()
    expect(problems).toHaveLength(2)
  })
})
