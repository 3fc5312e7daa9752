import { handle } from '@gateway/bus'
import { testDeps } from '@gateway/testing'
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { tokenFamilies } from '../deps.ts'
import { grantOf, type Harness, startIssuer } from '../test-support/issuer.ts'

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness
let family: string
let tokens: { access: string; refresh: string; id: string }

beforeEach(async () => {
  deps = await testDeps()
  issuer = await startIssuer(deps, 2)
  const grant = grantOf(deps, { scopes: ['read', 'openid'] })
  const answer = await issuer.issue(grant)
  family = grant.family
  tokens = { access: answer.access_token, refresh: answer.refresh_token ?? '', id: answer.id_token ?? '' }
})

describe('revoking a refresh token', () => {
  it('ends its family, and every proxy has been told when the answer comes (RFC 7009 §2.1)', async () => {
    await issuer.revoke(tokens.refresh)
    expect(issuer.revocations()).toEqual([
      {
        kind: 'family',
        id: `family.${family}`,
        at: deps.clock(),
        actor: 'client:client-a',
        sid: family,
        sub: 'custom:alice',
        client_id: 'client-a',
      },
    ])
    await expect(issuer.refresh(tokens.refresh)).rejects.toMatchObject({ code: 'family_revoked' })
  })

  it('works with a superseded one too, and a second time changes nothing', async () => {
    await issuer.refresh(tokens.refresh)
    await issuer.revoke(tokens.refresh)
    await issuer.revoke(tokens.refresh)
    expect(await issuer.family(family)).toMatchObject({ version: 3, state: { status: 'revoked' } })
    expect(issuer.revocations()).toHaveLength(1)
  })

  it('is told once to proxies and audit, by the request and by the durable reaction together', async () => {
    await issuer.revoke(tokens.refresh)
    await vi.waitFor(() => expect(issuer.audit().map(({ type }) => type)).toContain('audit.token.revoked'))
    expect(issuer.audit().filter(({ type }) => type === 'audit.token.revoked')).toHaveLength(1)
    expect(issuer.revocations()).toHaveLength(1)
  })
})

describe('revoking an access token', () => {
  it('ends that token alone', async () => {
    await issuer.revoke(tokens.access)
    const { jti } = decodeJwt(tokens.access)
    expect(issuer.revocations()).toEqual([expect.objectContaining({ kind: 'token', id: `token.${jti}`, jti })])
    expect(await issuer.refresh(tokens.refresh)).toHaveProperty('access_token')
  })

  it('that has expired is nothing to tell', async () => {
    deps.clock.advance(3_601_000)
    await issuer.revoke(tokens.access)
    expect(issuer.revocations()).toEqual([])
  })
})

describe('what changes nothing, and is answered alike (RFC 7009 §2.2)', () => {
  const tampered = (token: string) => token.replace(/[^.]+$/, (signature) => signature.slice(1) + signature.charAt(0))

  it.each([
    ['another client’s refresh token (advisory: wrong client)', () => [tokens.refresh, 'client-b']],
    ['another client’s access token', () => [tokens.access, 'client-b']],
    ['an ID token', () => [tokens.id, 'client-a']],
    ['a tampered refresh token', () => [tampered(tokens.refresh), 'client-a']],
    ['a tampered access token', () => [tampered(tokens.access), 'client-a']],
    ['nonsense', () => ['nonsense', 'client-a']],
    ['nothing', () => ['', 'client-a']],
  ])('%s', async (_, input) => {
    const [token = '', clientId = ''] = input()
    expect(await issuer.revoke(token, clientId)).toEqual({})
    expect(issuer.revocations()).toEqual([])
    expect(await issuer.family(family)).toMatchObject({ version: 1, state: { status: 'active' } })
  })
})

describe('a family whose revoking replica died before it told anybody', () => {
  it('is told by the durable reaction', async () => {
    const at = deps.clock()
    const command = { type: 'RevokeFamily', client_id: 'client-a', reason: 'client_request', at } as const
    await handle(deps.bus, tokenFamilies, family, command, { requestId: 'r', actor: 'client:client-a', at })
    await vi.waitFor(() => expect(issuer.revocations()).toEqual([expect.objectContaining({ sid: family })]))
  })
})
