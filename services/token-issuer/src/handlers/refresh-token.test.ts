import { type CheckUserInput, introspectToken } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { testDeps } from '@gateway/testing'
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { formatRefreshToken } from '../domain/refresh-token.ts'
import { alice, grantOf, type Harness, startIssuer } from '../test-support/issuer.ts'

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness
let family: string
let token: string

beforeEach(async () => {
  deps = await testDeps()
  issuer = await startIssuer(deps, 3)
  const grant = grantOf(deps, { scopes: ['read', 'calculate', 'openid'], nonce: 'n' })
  family = grant.family
  token = (await issuer.issue(grant)).refresh_token ?? ''
})

const reasons = () =>
  issuer
    .audit()
    .filter(({ type }) => type === 'audit.token.refreshed')
    .map(({ data }) => data.reason)

describe('a refresh', () => {
  it('rotates the refresh token and mints another access token of the same family', async () => {
    deps.clock.advance(600_000)
    const answer = await issuer.refresh(token)
    expect(answer.refresh_token).toMatch(new RegExp(`^k1\\.${family}\\.1\\.`))
    expect(decodeJwt(answer.access_token)).toMatchObject({ sid: family, iat: deps.clock() / 1000 })
    expect(decodeJwt(answer.id_token ?? '')).not.toHaveProperty('nonce')
  })

  it('works long after the access token has expired, for as long as its own lives last (pain-2)', async () => {
    const { access_ttl_seconds, refresh_ttl_seconds, refresh_max_seconds } = deps.config.tokens
    deps.clock.advance((access_ttl_seconds + 1) * 1_000)
    let newest = (await issuer.refresh(token)).refresh_token ?? ''
    for (let lived = access_ttl_seconds + 1; lived + refresh_ttl_seconds <= refresh_max_seconds; ) {
      deps.clock.advance((refresh_ttl_seconds - 1) * 1_000)
      lived += refresh_ttl_seconds - 1
      newest = (await issuer.refresh(newest)).refresh_token ?? ''
    }
    deps.clock.advance(refresh_ttl_seconds * 1_000)
    await expect(issuer.refresh(newest)).rejects.toMatchObject({ code: 'refresh_token_expired' })
  })

  it('has the user judged anew, by the provider and by the rules of the service; merely looking does not', async () => {
    const asked: CheckUserInput[] = []
    await issuer.people(async (input) => {
      asked.push(input)
      return { profile: alice }
    })
    await issuer.ask(introspectToken, { token, client_id: 'client-a' })
    await issuer.refresh(token)
    const check = { sub: alice.sub, since: expect.any(Number), service: 'calculator' }
    expect(asked).toEqual([check, { ...check, refreshing: true }])
  })

  it('by 50 at once on three replicas is one lineage, and nobody is logged out (pain-1)', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => issuer.refresh(token)))
    expect(new Set(answers.map(({ refresh_token }) => refresh_token)).size).toBe(1)
    expect(new Set(answers.map(({ access_token }) => decodeJwt(access_token).jti)).size).toBe(50)
    const { state, version } = await issuer.family(family)
    expect(state).toMatchObject({ status: 'active', generation: 1 })
    expect(version).toBe(2)
    expect(await issuer.refresh(answers[49]?.refresh_token ?? '')).toHaveProperty('access_token')
    await vi.waitFor(() => {
      expect(reasons().filter((reason) => reason === 'rotated')).toHaveLength(2)
      expect(reasons().filter((reason) => reason === 'repeated')).toHaveLength(49)
    })
  })

  it('with a lost answer is answered with the current token, through several rotations', async () => {
    const second = await issuer.refresh(token)
    deps.clock.advance(10_000)
    const third = await issuer.refresh(second.refresh_token ?? '')
    deps.clock.advance(19_000)
    expect((await issuer.refresh(token)).refresh_token).toBe(third.refresh_token)
  })

  it('with a token superseded long ago revokes the family everywhere', async () => {
    const { refresh_token: current = '' } = await issuer.refresh(token)
    deps.clock.advance(31_000)
    await expect(issuer.refresh(token)).rejects.toMatchObject({ code: 'refresh_token_reused' })
    expect(issuer.revocations()).toEqual([expect.objectContaining({ id: `family.${family}`, sid: family })])
    await expect(issuer.refresh(current)).rejects.toMatchObject({ code: 'family_revoked' })
    await vi.waitFor(() => expect(issuer.audit().map(({ type }) => type)).toContain('audit.token.reused'))
  })

  it('revokes on reuse even while the provider-bridge is away', async () => {
    await issuer.refresh(token)
    deps.clock.advance(31_000)
    await issuer.people(undefined)
    await expect(issuer.refresh(token)).rejects.toMatchObject({ code: 'refresh_token_reused' })
  })

  it('racing a revocation never revives the family (advisory: concurrent refresh)', async () => {
    const refreshes = Array.from({ length: 25 }, () => issuer.refresh(token))
    await Promise.allSettled([...refreshes.slice(0, 12), issuer.revoke(token), ...refreshes.slice(12)])
    const after = await issuer.family(family)
    expect(after.state).toMatchObject({ status: 'revoked', reason: 'client_request' })
    await expect(issuer.refresh(token)).rejects.toMatchObject({ code: 'family_revoked' })
    expect((await issuer.family(family)).version).toBe(after.version)
    expect(after.version).toBeLessThanOrEqual(3)
  })

  it('ends in a revoked family at whichever moment the revocation comes (advisory: concurrent refresh)', async () => {
    for (let moment = 0; moment < 150; moment++) {
      const grant = grantOf(deps)
      const { refresh_token = '' } = await issuer.issue(grant)
      const asked = Promise.withResolvers<void>()
      // The last question before the refresh is decided.
      await issuer.people(async () => {
        asked.resolve()
        return { profile: alice }
      })
      const refreshing = issuer.refresh(refresh_token).catch(() => undefined)
      await asked.promise
      for (let tick = 0; tick < moment; tick++) await Promise.resolve()
      await issuer.revoke(refresh_token)
      await refreshing
      expect((await issuer.family(grant.family)).state.status).toBe('revoked')
    }
  })

  it('by another client is refused and changes nothing (advisory: wrong client)', async () => {
    await issuer.refresh(token)
    deps.clock.advance(31_000)
    const thief = { client_id: 'client-b' }
    await expect(issuer.refresh(token, thief)).rejects.toMatchObject({ code: 'refresh_token_invalid' })
    expect(await issuer.family(family)).toMatchObject({ version: 2, state: { status: 'active' } })
  })

  it('costs nothing while the provider-bridge is away: the outage is no invalid_grant', async () => {
    await issuer.people(undefined)
    await expect(issuer.refresh(token)).rejects.toBeInstanceOf(Unavailable)
    await issuer.people(async () => ({ profile: alice }))
    expect((await issuer.refresh(token)).refresh_token).toMatch(new RegExp(`\\.${family}\\.1\\.`))
  })

  it('by a replica that was frozen past the deadline changes nothing: somebody else may have been asked meanwhile', async () => {
    await issuer.people(async () => {
      deps.clock.advance(16_000)
      return { profile: alice }
    })
    await expect(issuer.refresh(token)).rejects.toMatchObject({ dependency: 'token-issuer' })
    expect((await issuer.family(family)).version).toBe(1)
  })

  it('is judged at its arrival: the grace window does not close while the user is checked', async () => {
    const { refresh_token: current } = await issuer.refresh(token)
    deps.clock.advance(29_000)
    await issuer.people(async () => {
      deps.clock.advance(2_000)
      return { profile: alice }
    })
    expect((await issuer.refresh(token)).refresh_token).toBe(current)
  })

  it('asks whether the user may still have tokens, and since when, and passes a refusal on', async () => {
    const asked: unknown[] = []
    await issuer.people(async (input) => {
      asked.push(input)
      throw new Refusal('sign_in_required')
    })
    await expect(issuer.refresh(token)).rejects.toMatchObject({ code: 'sign_in_required' })
    expect(asked).toMatchObject([{ sub: 'custom:alice', since: deps.clock() / 1000 - 5 }])
    expect((await issuer.family(family)).version).toBe(1)
  })

  it('mints with the profile as it is now (original-13)', async () => {
    await issuer.people(async () => ({ profile: { ...alice, name: 'Alice Married' } }))
    const answer = await issuer.refresh(token)
    expect(decodeJwt(answer.access_token)).toMatchObject({ name: 'Alice Married' })
  })

  it('for fewer scopes narrows that access token and leaves the grant whole (RFC 6749 §6)', async () => {
    const narrow = await issuer.refresh(token, { scopes: ['read'] })
    expect(narrow.scope).toBe('read')
    expect(decodeJwt(narrow.access_token)['scope']).toBe('read')
    expect(narrow).not.toHaveProperty('id_token')
    expect((await issuer.refresh(narrow.refresh_token ?? '')).scope).toBe('read calculate openid')
  })

  it('for more scopes or another resource is refused and spends nothing (original-4)', async () => {
    await expect(issuer.refresh(token, { scopes: ['admin'] })).rejects.toMatchObject({ code: 'scope_widened' })
    const resource = 'http://localhost:8080/other/mcp'
    await expect(issuer.refresh(token, { resource })).rejects.toMatchObject({ code: 'resource_mismatch' })
    expect((await issuer.family(family)).version).toBe(1)
  })

  it('with a token that is newer than the facts goes on and reports the loss', async () => {
    const newer = formatRefreshToken(deps.keyring, { family, generation: 4 })
    expect((await issuer.refresh(newer)).refresh_token).toMatch(new RegExp(`\\.${family}\\.5\\.`))
    await vi.waitFor(() => {
      const gap = issuer.audit().find(({ type }) => type === 'audit.gap.commits-missed')
      expect(gap?.data).toMatchObject({ family, reason: 'refresh_token_ahead_of_family' })
    })
  })

  it('that is sent again, since its answer was lost on the bus, answers the same rotation', async () => {
    const first = await issuer.refresh(token, {}, 'request-1')
    deps.clock.advance(60_000)
    expect((await issuer.refresh(token, {}, 'request-1')).refresh_token).toBe(first.refresh_token)
    expect((await issuer.family(family)).version).toBe(2)
  })

  it.each(['', 'nonsense', 'k1.x.0.y', 'a.b.c'])('with %j is refused', async (text) => {
    await expect(issuer.refresh(text)).rejects.toMatchObject({ code: 'refresh_token_invalid' })
  })
})
