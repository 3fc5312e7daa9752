import { createHash } from 'node:crypto'
import type { CheckUserInput } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { testConfig, testDeps } from '@gateway/testing'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { alice, grantOf, type Harness, startIssuer } from '../test-support/issuer.ts'

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness

beforeEach(async () => {
  deps = await testDeps()
  issuer = await startIssuer(deps, 3)
})

async function verify(token: string, typ: string, audience: string) {
  const keys = createLocalJWKSet(await issuer.jwks('access-token'))
  return jwtVerify(token, keys, { typ, audience, issuer: deps.config.issuer, currentDate: new Date(deps.clock()) })
}

describe('an issued access token', () => {
  it('is an RFC 9068 token that anybody can verify with the published keys', async () => {
    const grant = grantOf(deps)
    const answer = await issuer.issue(grant)
    const { payload, protectedHeader } = await verify(answer.access_token, 'at+jwt', grant.resource)
    const now = deps.clock() / 1000
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.stringMatching(/^[\w-]{22}$/) })
    expect(payload).toEqual({
      iss: 'http://localhost:8080',
      sub: 'custom:alice',
      aud: 'http://localhost:8080/calculator/mcp',
      client_id: 'client-a',
      scope: 'read calculate',
      iat: now,
      exp: now + 3600,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      sid: grant.family,
      auth_time: now - 5,
      email: 'alice@example.com',
      email_verified: true,
      name: 'Alice Ångström',
      picture: 'https://example.com/alice.png',
      provider: 'custom',
    })
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'read calculate' })
    expect(answer.id_token).toBeUndefined()
  })

  it('carries only the profile claims that the operator allows', async () => {
    deps = await testDeps({ config: testConfig({ tokens: { profile_claims: ['name'] } }) })
    issuer = await startIssuer(deps)
    const grant = grantOf(deps)
    const { payload } = await verify((await issuer.issue(grant)).access_token, 'at+jwt', grant.resource)
    expect(payload).toMatchObject({ name: 'Alice Ångström' })
    for (const claim of ['email', 'email_verified', 'picture', 'provider']) expect(payload).not.toHaveProperty(claim)
  })
})

describe('the groups in an access token', () => {
  it('are what the provider-bridge says of them, anew at each refresh, and never in an ID token', async () => {
    const grant = grantOf(deps, { scopes: ['openid', 'read'] })
    const groupsOf = async (token: string) => (await verify(token, 'at+jwt', grant.resource)).payload['groups']
    await issuer.people(() => Promise.resolve({ profile: { ...alice, groups: ['a', 'b'] }, groups: ['a'] }))
    const issued = await issuer.issue(grant)
    expect(await groupsOf(issued.access_token)).toEqual(['a'])
    expect((await verify(issued.id_token ?? '', 'JWT', 'client-a')).payload).not.toHaveProperty('groups')
    await issuer.people(() => Promise.resolve({ profile: { ...alice, groups: ['b'] }, groups: [] }))
    const refreshed = await issuer.refresh(issued.refresh_token ?? '')
    expect(await groupsOf(refreshed.access_token)).toEqual([])
    await issuer.people(() => Promise.resolve({ profile: { ...alice, groups: ['b'] } }))
    expect(await groupsOf((await issuer.refresh(refreshed.refresh_token ?? '')).access_token)).toBeUndefined()
  })
})

describe('the user of a code', () => {
  it('is judged by the rules of the service that the code is for as well', async () => {
    const asked: CheckUserInput[] = []
    await issuer.people(async (input) => {
      asked.push(input)
      return { profile: alice }
    })
    const { auth_time } = grantOf(deps)
    await issuer.issue(grantOf(deps))
    await issuer.issue(grantOf(deps, { resource: 'https://formerly.example.com/finance/mcp' }))
    expect(asked).toEqual([
      { sub: alice.sub, since: auth_time, service: 'calculator' },
      { sub: alice.sub, since: auth_time, service: 'finance' },
    ])
  })

  it('who may not use that service gets nothing, and the code is not spent', async () => {
    const grant = grantOf(deps)
    await issuer.people(async ({ service }) => {
      throw new Refusal('user_denied', { rule: 'not_allowed', service })
    })
    await expect(issuer.issue(grant)).rejects.toMatchObject({ code: 'user_denied', detail: { service: 'calculator' } })
    expect((await issuer.family(grant.family)).state).toEqual({ status: 'absent' })
  })
})

describe('an ID token', () => {
  it('comes with the scope openid (OpenID Connect Core §2, §3.1.3.6)', async () => {
    const answer = await issuer.issue(grantOf(deps, { scopes: ['read', 'openid'], nonce: 'n-0S6_WzA2Mj' }))
    const { payload } = await verify(answer.id_token ?? '', 'JWT', 'client-a')
    const hash = createHash('sha256').update(answer.access_token).digest().subarray(0, 16).toString('base64url')
    expect(payload).toMatchObject({ sub: 'custom:alice', nonce: 'n-0S6_WzA2Mj', at_hash: hash, name: 'Alice Ångström' })
    expect(payload['auth_time']).toBe(deps.clock() / 1000 - 5)
  })
})

describe('an ID token signed with Ed25519', () => {
  it('hashes the access token as Ed25519 does: SHA-512, its left half (OpenID Connect Core §3.1.3.6)', async () => {
    deps = await testDeps({ config: testConfig({ keys: { algorithm: 'EdDSA' } }) })
    issuer = await startIssuer(deps)
    const answer = await issuer.issue(grantOf(deps, { scopes: ['openid'] }))
    const { payload, protectedHeader } = await verify(answer.id_token ?? '', 'JWT', 'client-a')
    expect(protectedHeader.alg).toBe('EdDSA')
    const hash = createHash('sha512').update(answer.access_token).digest().subarray(0, 32).toString('base64url')
    expect(payload['at_hash']).toBe(hash)
  })
})

describe('redemption', () => {
  it('of one code by 100 at once gives exactly one answer (original-6, advisory: concurrent code redemption)', async () => {
    const grant = grantOf(deps)
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => issuer.issue(grant)))
    const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Refusal] : []))
    expect(answers).toHaveLength(1)
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['code_replayed']))

    const { state, version } = await issuer.family(grant.family)
    expect(state).toMatchObject({ status: 'revoked', reason: 'code_replayed' })
    expect(version).toBe(2)
    await expect(issuer.refresh(answers[0]?.refresh_token ?? '')).rejects.toMatchObject({ code: 'family_revoked' })
    expect(issuer.revocations()).toEqual([expect.objectContaining({ kind: 'family', sid: grant.family })])
    await vi.waitFor(() => {
      const types = issuer.audit().map(({ type }) => type)
      for (const type of ['audit.token.issued', 'audit.code.replayed', 'audit.token.revoked']) {
        expect(types.filter((told) => told === type)).toHaveLength(1)
      }
    })
  })

  it('of a request that is sent again, since its answer was lost, is no replay', async () => {
    const grant = grantOf(deps)
    const first = await issuer.issue(grant, 'request-1')
    const second = await issuer.issue(grant, 'request-1')
    expect(second.refresh_token).toBe(first.refresh_token)
    expect((await issuer.family(grant.family)).version).toBe(1)
  })

  it('of a request that is asked again after the client has gone on is no replay either', async () => {
    const grant = grantOf(deps)
    const first = await issuer.issue(grant, 'request-1')
    await issuer.refresh(first.refresh_token ?? '')
    await issuer.issue(grant, 'request-1')
    expect((await issuer.family(grant.family)).state).toMatchObject({ status: 'active', generation: 1 })
    await expect(issuer.issue(grant, 'request-2')).rejects.toMatchObject({ code: 'code_replayed' })
  })

  it('spends nothing while the provider-bridge is away, so that a retry works', async () => {
    const grant = grantOf(deps)
    await issuer.people(undefined)
    await expect(issuer.issue(grant)).rejects.toBeInstanceOf(Unavailable)
    expect((await issuer.family(grant.family)).version).toBe(0)

    await issuer.people(async () => ({ profile: alice }))
    expect(await issuer.issue(grant)).toHaveProperty('refresh_token')
  })

  it('spends nothing when the replica comes back after the deadline', async () => {
    const grant = grantOf(deps)
    await issuer.people(async () => {
      deps.clock.advance(16_000)
      return { profile: alice }
    })
    await expect(issuer.issue(grant)).rejects.toMatchObject({ dependency: 'token-issuer' })
    expect((await issuer.family(grant.family)).version).toBe(0)
  })

  it('spends nothing for a user who may not have tokens', async () => {
    const grant = grantOf(deps)
    await issuer.people(async () => {
      throw new Refusal('user_blocked')
    })
    await expect(issuer.issue(grant)).rejects.toMatchObject({ code: 'user_blocked' })
    expect((await issuer.family(grant.family)).version).toBe(0)
  })

  it('gives no refresh token to a client without the grant, whose code is single-use all the same', async () => {
    const grant = grantOf(deps, { refreshable: false })
    expect(await issuer.issue(grant)).not.toHaveProperty('refresh_token')
    await expect(issuer.issue(grant)).rejects.toMatchObject({ code: 'code_replayed' })
  })
})
