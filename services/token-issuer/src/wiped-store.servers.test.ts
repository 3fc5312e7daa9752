/** A redis-server that forgets everything while clients refresh: a new signing key at once, and nobody is refused for it. */
import { sources } from '@gateway/contracts'
import { openStore } from '@gateway/store'
import { serverOrSkip, startRedisServer, testConfig, testDeps, wipeRedis } from '@gateway/testing'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { createApp } from './app.ts'
import { KeyRingView } from './domain/key-ring-view.ts'
import { grantOf, startIssuer } from './test-support/issuer.ts'

const redis = await serverOrSkip('a wiped redis-server', startRedisServer)
afterAll(() => redis?.stop())

describe.skipIf(!redis?.ours)('a wiped redis-server, under refreshes', () => {
  it('makes every ring one new key within seconds; the old ones stay published, and no refresh fails', async () => {
    const { host, port } = redis!
    const config = testConfig({ storage: { type: 'redis', redis: { host, port } } })
    const open = async () => ({ store: await openStore(config.storage) })
    const deps = await testDeps({ config, ...(await open()) })
    const others = await Promise.all([1, 2].map(async () => createApp({ ...deps, ...(await open()) })))
    const issuer = await startIssuer(deps)
    for (const app of others) await app.start()
    const before = [await issuer.jwks('access-token'), await issuer.jwks('assertion')]

    const accessTokens: string[] = []
    const end = new AbortController()
    const client = async () => {
      let { refresh_token: token = '' } = await issuer.issue(grantOf(deps))
      while (!end.signal.aborted) {
        const answer = await issuer.refresh(token)
        token = answer.refresh_token ?? ''
        accessTokens.push(answer.access_token)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    const clients = Promise.all(Array.from({ length: 8 }, client))
    await vi.waitFor(() => expect(accessTokens.length).toBeGreaterThan(50), { timeout: 10_000 })
    await wipeRedis(redis!)
    const kidsOf = async () => new Set(accessTokens.slice(-8).map((token) => decodeProtectedHeader(token).kid))
    const [lost] = before[0]?.keys ?? []
    await vi.waitFor(async () => expect([...(await kidsOf())]).not.toContain(lost?.kid), { timeout: 8_000 })
    end.abort()
    await clients

    const after = [await issuer.jwks('access-token'), await issuer.jwks('assertion')]
    for (const [index, { keys }] of after.entries()) {
      expect(keys).toHaveLength(2)
      expect(keys.map(({ kid }) => kid)).toContain(before[index]?.keys[0]?.kid)
    }
    const published = createLocalJWKSet(after[0] as never)
    const options = { currentDate: new Date(deps.clock()) }
    for (const token of accessTokens) await jwtVerify(token, published, options)
    expect(new Set(accessTokens.map((token) => decodeProtectedHeader(token).kid)).size).toBe(2)

    const view = new KeyRingView()
    await (await deps.bus.project(sources.keys, view)).caughtUp
    const active = view.ring('access-token').keys.filter(({ status }) => status === 'active')
    expect(active).toHaveLength(1)
    expect((await deps.store.list('token-issuer:signing-key:')).keys).toHaveLength(2)
    for (const app of [...others, ...issuer.apps]) await app.stop()
  })
})
