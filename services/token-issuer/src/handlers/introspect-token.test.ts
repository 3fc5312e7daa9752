import { introspectToken, type Revocation, retireKey, revocationSubject, revokeFamily } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { testDeps } from '@gateway/testing'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { alice, grantOf, type Harness, startIssuer } from '../test-support/issuer.ts'

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness
let grant: ReturnType<typeof grantOf>
let access: string
let refresh: string

beforeEach(async () => {
  deps = await testDeps()
  issuer = await startIssuer(deps, 3)
  grant = grantOf(deps)
  const answer = await issuer.issue(grant)
  access = answer.access_token
  refresh = answer.refresh_token ?? ''
})

const introspect = (token: string, client_id = 'client-a') => issuer.ask(introspectToken, { token, client_id })
const inactive = { active: false }
const DAY_S = 86_400

describe('introspecting an access token (RFC 7662 §2.2)', () => {
  it('tells what it says, and nothing of the person', async () => {
    const now = deps.clock() / 1000
    expect(await introspect(access)).toEqual({
      active: true,
      iss: 'http://localhost:8080',
      sub: 'custom:alice',
      aud: grant.resource,
      client_id: 'client-a',
      scope: 'read calculate',
      iat: now,
      exp: now + 3600,
      token_type: 'Bearer',
      jti: decodeJwt(access).jti,
      sid: grant.family,
      auth_time: grant.auth_time,
    })
  })

  it('is over with its life', async () => {
    deps.clock.advance(3_599_000)
    expect(await introspect(access)).toMatchObject({ active: true })
    deps.clock.advance(1_000)
    expect(await introspect(access)).toEqual(inactive)
  })

  it('is over the moment that anything of it was revoked, on whichever replica', async () => {
    await issuer.revoke(access)
    for (let replica = 0; replica < 3; replica++) expect(await introspect(access)).toEqual(inactive)
    expect(await introspect(refresh)).toMatchObject({ active: true })
  })

  it('is over with its family', async () => {
    await issuer.ask(revokeFamily, { family: grant.family, reason: 'operator_request' })
    expect([await introspect(access), await introspect(refresh)]).toEqual([inactive, inactive])
  })

  it('is over with its family even while no proxy could be told', async () => {
    const publish = deps.bus.publish.bind(deps.bus)
    deps.bus.publish = async (subject, id, data) => {
      if (subject === revocationSubject('family')) throw new Unavailable('bus')
      await publish(subject, id, data)
    }
    await expect(issuer.revoke(refresh)).rejects.toBeInstanceOf(Unavailable)
    expect(await introspect(access)).toEqual(inactive)
  })

  it('is over with its key', async () => {
    await issuer.ask(retireKey, { kid: decodeProtectedHeader(access).kid ?? '' })
    for (let replica = 0; replica < 3; replica++) expect(await introspect(access)).toEqual(inactive)
    expect(await introspect(refresh)).toMatchObject({ active: true })
  })

  const before = Date.UTC(2026, 0, 1) + 1
  it.each<Revocation>([
    { kind: 'user', id: 'r', at: before, sub: 'custom:alice', before },
    { kind: 'client', id: 'r', at: before, client_id: 'client-a', before },
    { kind: 'service', id: 'r', at: before, service: 'calculator', before },
    { kind: 'rule', id: 'r', at: before, service: 'calculator', before },
  ])('is over when everything of its $kind from before is revoked', async (revocation) => {
    await deps.bus.publish(revocationSubject(revocation.kind), revocation.id, revocation)
    expect(await introspect(access)).toEqual(inactive)
  })

  it('goes on when something else is revoked', async () => {
    const other: Revocation = { kind: 'user', id: 'r', at: before, sub: 'custom:bob', before }
    await deps.bus.publish(revocationSubject('user'), 'r', other)
    expect(await introspect(access)).toMatchObject({ active: true })
  })

  it('is an outage, and no answer, while this replica does not know what was revoked', async () => {
    const last = deps.bus.last.bind(deps.bus)
    deps.bus.last = async (subject) => {
      const message = await last(subject)
      return subject === revocationSubject('token') ? { ...message!, sequence: 1_000 } : message
    }
    await issuer.revoke(access)
    const call = deps.bus.request(
      'req.token-issuer.introspect-token',
      { token: access, client_id: 'client-a' },
      {
        requestId: 'r',
        deadline: deps.clock() + 50,
      },
    )
    await expect(call).rejects.toBeInstanceOf(Unavailable)
  })
})

describe('introspecting a refresh token', () => {
  it('tells its grant and when it ends if it is not used', async () => {
    const now = deps.clock() / 1000
    expect(await introspect(refresh)).toEqual({
      active: true,
      iss: 'http://localhost:8080',
      sub: 'custom:alice',
      aud: grant.resource,
      client_id: 'client-a',
      scope: 'read calculate',
      iat: now,
      exp: now + 30 * DAY_S,
      sid: grant.family,
      auth_time: grant.auth_time,
    })
  })

  it('that was superseded is active for as long as it is answered, and showing it later is no reuse', async () => {
    const now = deps.clock() / 1000
    await issuer.refresh(refresh)
    const superseded = await introspect(refresh)
    expect(superseded).toMatchObject({ active: true, exp: now + 30 })
    expect(superseded).not.toHaveProperty('iat')
    deps.clock.advance(31_000)
    expect(await introspect(refresh)).toEqual(inactive)
    expect((await issuer.family(grant.family)).state.status).toBe('active')
    expect(issuer.revocations()).toEqual([])
  })

  it('is over when nobody used it for its life', async () => {
    deps.clock.advance(30 * DAY_S * 1000)
    expect(await introspect(refresh)).toEqual(inactive)
  })

  it('is over when its user is refused, and an outage while nobody can say', async () => {
    await issuer.people(async () => {
      throw new Refusal('user_blocked')
    })
    expect(await introspect(refresh)).toEqual(inactive)
    await issuer.people(undefined)
    await expect(introspect(refresh)).rejects.toBeInstanceOf(Unavailable)
    await issuer.people(async () => ({ profile: alice }))
    expect(await introspect(refresh)).toMatchObject({ active: true })
  })
})

describe('what is not active looks alike (RFC 7662 §2.2, §4)', () => {
  it.each([
    ['another client’s access token', () => introspect(access, 'client-b')],
    ['another client’s refresh token', () => introspect(refresh, 'client-b')],
    [
      'a refresh token of a family that does not exist',
      () => introspect(refresh.replace(/\.[^.]{22}\./, `.${'A'.repeat(22)}.`)),
    ],
    ['a text', () => introspect('token')],
    ['nothing', () => introspect('')],
  ])('%s', async (_, asking) => {
    expect(await asking()).toEqual(inactive)
  })

  it('and nothing of it is written', async () => {
    const { version } = await issuer.family(grant.family)
    await introspect(refresh)
    await introspect(refresh, 'client-b')
    expect((await issuer.family(grant.family)).version).toBe(version)
  })
})
