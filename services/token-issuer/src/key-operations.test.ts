/** What operators do with keys, seen from a verifier that follows the ring as a proxy does. */
import { isCommit, type StoredMessage } from '@gateway/bus'
import {
  keyRingStateSchema,
  listKeys,
  type PublicJwk,
  type RingName,
  retireKey,
  rotateKey,
  sources,
} from '@gateway/contracts'
import { testConfig, testDeps } from '@gateway/testing'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { grantOf, type Harness, startIssuer } from './test-support/issuer.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness
let verifier: Awaited<ReturnType<typeof startVerifier>>

beforeEach(async () => {
  deps = await testDeps()
  issuer = await startIssuer(deps, 3)
  verifier = await startVerifier()
})

afterEach(async () => {
  for (const app of issuer.apps) await app.stop()
})

/** Knows of the keys what the stream has told it, and asks nobody. */
async function startVerifier() {
  let keys: readonly PublicJwk[] = []
  const view = {
    reset: () => undefined,
    apply({ data }: StoredMessage) {
      const state = isCommit(data) ? keyRingStateSchema.parse(data.state) : undefined
      if (state?.ring === 'access-token') keys = state.keys.map((key) => key.public_jwk)
    },
  }
  await (await deps.bus.project(sources.keys, view)).caughtUp
  return (token: string) =>
    jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), { currentDate: new Date(deps.clock()) })
}

/** Keeps the published key set for six hours and asks for no key that is missing in it, as caches of JWK Sets do (RFC 7517 §5). */
function startCachingVerifier() {
  let keys = createLocalJWKSet({ keys: [] })
  let readAt = Number.NEGATIVE_INFINITY
  return async (token: string) => {
    if (deps.clock() - readAt >= 6 * HOUR_MS) {
      keys = createLocalJWKSet(await issuer.jwks('access-token'))
      readAt = deps.clock()
    }
    return jwtVerify(token, keys, { currentDate: new Date(deps.clock()) })
  }
}

const issue = async () => (await issuer.issue(grantOf(deps))).access_token
const listed = async (ring: RingName = 'access-token') =>
  (await issuer.ask(listKeys, {})).keys.filter((key) => key.ring === ring)
const statuses = async () => (await listed()).map(({ status }) => status)
const kidOf = (token: string) => decodeProtectedHeader(token).kid
/** Every replica looks at the schedule, as it does each minute. */
async function passTime(ms: number, step = HOUR_MS) {
  for (let passed = 0; passed < ms; passed += step) {
    deps.clock.advance(step)
    await vi.advanceTimersByTimeAsync(60_000)
  }
}

describe('listing keys', () => {
  it('tells of every ring what signs, since when and until when', async () => {
    const now = deps.clock()
    const [key] = await listed('assertion')
    expect(await listed()).toHaveLength(1)
    expect(key).toEqual({
      ring: 'assertion',
      kid: expect.stringMatching(/^[\w-]{22}$/),
      alg: 'ES256',
      status: 'active',
      created_at: now,
      activated_at: now,
      next_at: now + 30 * DAY_MS,
    })
  })
})

describe('rotating a key', () => {
  it('publishes its successor at once, to sign after the time of publishing ahead', async () => {
    const [first] = await listed()
    const answer = await issuer.ask(rotateKey, { ring: 'access-token' })
    expect(answer.signs_at).toBe(deps.clock() + DAY_MS)
    expect(await listed()).toMatchObject([
      { kid: first?.kid, status: 'active', next_at: answer.signs_at },
      { kid: answer.kid, status: 'pending', next_at: answer.signs_at },
    ])
    expect((await issuer.jwks('access-token')).keys.map(({ kid }) => kid)).toEqual([first?.kid, answer.kid])
    expect(kidOf(await issue())).toBe(first?.kid)
  })

  it('again, at once, by anybody, or repeated, is one rotation, and its key pairs are not left lying about', async () => {
    const ring = 'access-token' as const
    const answers = await Promise.all(Array.from({ length: 10 }, () => issuer.ask(rotateKey, { ring }, 'request-1')))
    answers.push(await issuer.ask(rotateKey, { ring }))
    expect(new Set(answers.map(({ kid }) => kid)).size).toBe(1)
    expect(await statuses()).toEqual(['active', 'pending'])
    expect((await deps.store.list('token-issuer:signing-key:')).keys).toHaveLength(3)
  })

  it('is told with the operator as the one who did it', async () => {
    const { kid } = await issuer.ask(rotateKey, { ring: 'assertion' }, 'request-1')
    await vi.waitFor(() => expect(issuer.audit().find(({ data }) => data.kid === kid)).toBeDefined())
    expect(issuer.audit().find(({ data }) => data.kid === kid)).toMatchObject({
      type: 'audit.key.changed',
      data: { reason: 'created', ring: 'assertion', actor: 'operator', request_id: 'request-1' },
    })
  })
})

describe('rotation under load', () => {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    for (const app of issuer.apps) await app.stop()
    issuer = await startIssuer(deps, 3)
  })
  afterEach(() => void vi.useRealTimers())

  it('refuses no valid token and issues none that a verifier cannot verify', async () => {
    const alive: { readonly token: string; readonly until: number }[] = []
    const kids = new Set<string | undefined>()
    const cachingVerifier = startCachingVerifier()
    await cachingVerifier(await issue())
    const traffic = async () => {
      const fresh = await Promise.all(Array.from({ length: 3 }, issue))
      // At once, with what the verifier knows at this moment.
      for (const token of fresh) {
        await verifier(token)
        await cachingVerifier(token)
      }
      for (const token of fresh) kids.add(kidOf(token))
      alive.push(...fresh.map((token) => ({ token, until: deps.clock() + HOUR_MS })))
      alive.splice(
        0,
        alive.findIndex(({ until }) => until > deps.clock()),
      )
      for (const { token } of alive) await verifier(token)
    }
    for (const rotation of [1, 2]) {
      await issuer.ask(rotateKey, { ring: 'access-token' })
      for (let half = 0; half < 54; half++) {
        await Promise.all([passTime(HOUR_MS / 2, HOUR_MS / 2), traffic()])
      }
      expect(kids.size).toBe(rotation + 1)
    }
  }, 30_000)

  it.each(['RS256', 'EdDSA'] as const)(
    'to %s goes through the same schedule, and tokens of both algorithms are verified meanwhile',
    async (algorithm) => {
      const before = await issue()
      for (const app of issuer.apps) await app.stop()
      deps = { ...deps, config: testConfig({ keys: { algorithm } }) }
      issuer = await startIssuer(deps, 3)
      expect((await listed()).map(({ alg, status }) => [alg, status])).toEqual([
        ['ES256', 'active'],
        [algorithm, 'pending'],
      ])
      await verifier(before)
      await passTime(DAY_MS - HOUR_MS)
      const last = await issue()
      expect(decodeProtectedHeader(last).alg).toBe('ES256')
      await passTime(HOUR_MS, HOUR_MS / 2)
      const first = await issue()
      expect(decodeProtectedHeader(first).alg).toBe(algorithm)
      expect((await verifier(first)).payload.sub).toBe('custom:alice')
      expect(await statuses()).toEqual(['retired', 'active'])
    },
  )
})

describe('retiring a key in an emergency', () => {
  it('makes everything that it signed invalid at every verifier, and signs on with another', async () => {
    const token = await issue()
    await verifier(token)
    const { ring, active } = await issuer.ask(retireKey, { kid: kidOf(token) ?? '' })
    expect(ring).toBe('access-token')
    await expect(verifier(token)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
    const next = await issue()
    expect(kidOf(next)).toBe(active)
    await verifier(next)
  })

  it('deletes its private part, and keeps none that was made for nothing', async () => {
    const [key] = await listed()
    const { active } = await issuer.ask(retireKey, { kid: key?.kid ?? '' })
    const { keys } = await deps.store.list('token-issuer:signing-key:')
    expect(keys).toHaveLength(2)
    expect(keys).toContain(`token-issuer:signing-key:${active}`)
  })

  it('lets the waiting key sign, and leaves the active one when it is the waiting one that is retired', async () => {
    const [first] = await listed()
    const waiting = await issuer.ask(rotateKey, { ring: 'access-token' })
    await issuer.ask(retireKey, { kid: waiting.kid })
    expect(await listed()).toMatchObject([{ kid: first?.kid, status: 'active' }])
    const second = await issuer.ask(rotateKey, { ring: 'access-token' })
    expect(await issuer.ask(retireKey, { kid: first?.kid ?? '' })).toEqual({ ring: 'access-token', active: second.kid })
    expect(await listed()).toMatchObject([{ kid: second.kid, status: 'active' }])
    expect((await deps.store.list('token-issuer:signing-key:')).keys).toHaveLength(2)
  })

  it('of a key that no ring has is refused, and so is a second time', async () => {
    const [key] = await listed('assertion')
    const retiring = { kid: key?.kid ?? '' }
    expect((await issuer.ask(retireKey, retiring)).ring).toBe('assertion')
    await expect(issuer.ask(retireKey, retiring)).rejects.toMatchObject({ code: 'key_unknown' })
    await expect(issuer.ask(retireKey, { kid: 'no such' })).rejects.toMatchObject({ code: 'key_unknown' })
  })

  it('is told as a revocation of the key', async () => {
    const [key] = await listed()
    await issuer.ask(retireKey, { kid: key?.kid ?? '' })
    const reasons = () => issuer.audit().flatMap(({ data }) => (data.actor === 'operator' ? [data.reason] : []))
    await vi.waitFor(() => expect(reasons()).toEqual(['revoked', 'created', 'activated']))
  })
})
