import { authenticateClient, issueToken, refreshToken, streams } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { familyIdOf } from '../domain/code.ts'
import { obtainCode, redeem, stated } from '../test-support/journey.ts'
import { profile } from '../test-support/neighbours.ts'
import { clientOf, setStage } from '../test-support/stage.ts'

async function stage(options: Parameters<typeof setStage>[1] = {}) {
  const deps = await testDeps()
  const made = await setStage(deps, options)
  onTestFinished(() => made.close())
  return { deps, made }
}

const familyOf = (code: string) => familyIdOf(code.split('.')[1] ?? '')

describe('POST /oauth/token, grant authorization_code', () => {
  it('200: tokens for what was allowed, never stored (RFC 6749 §5.1)', async () => {
    const { made } = await stage()
    const code = await obtainCode(made)
    const answer = await redeem(made, code)
    expect(answer.status).toBe(200)
    expect([answer.headers['cache-control'], answer.headers['pragma']]).toEqual(['no-store', 'no-cache'])
    expect(answer.json).toMatchObject({ token_type: 'Bearer', scope: 'read' })
    expect(made.neighbours.families.get(familyOf(code))).toEqual({
      family: familyOf(code),
      sub: profile.sub,
      client_id: made.client.client_id,
      resource: `${made.issuer}/calculator/mcp`,
      scopes: ['read'],
      auth_time: Date.UTC(2026, 0, 1) / 1_000,
      refreshable: true,
    })
    expect((await made.audited('audit.code.redeemed'))[0]?.data.family).toBe(familyOf(code))
  })

  it('200: takes the resource in any spelling, and no redirect URI (pain-6, OAuth 2.1 §4.1.3)', async () => {
    const { made } = await stage()
    const resource = `${made.issuer.toUpperCase()}/calculator/mcp/`
    const answer = await redeem(made, await obtainCode(made), { resource, redirect_uri: undefined })
    expect(answer.status).toBe(200)
  })

  it.each([
    [true, ['authorization_code', 'refresh_token'], 'openid'],
    [false, ['authorization_code'], 'openid offline_access'],
  ])(
    '200: passes the nonce on, and says whether the client refreshes (pain-2): %s',
    async (refreshable, grant_types, scope) => {
      const { made } = await stage({ client: clientOf({ grant_types }) })
      const code = await obtainCode(made, { nonce: 'n-1', scope })
      await redeem(made, code)
      expect(made.neighbours.families.get(familyOf(code))).toMatchObject({ nonce: 'n-1', refreshable })
    },
  )

  it('400: invalid_grant for a code used twice, and both are told apart (original-6, RFC 6749 §4.1.2)', async () => {
    const { made } = await stage()
    const code = await obtainCode(made)
    expect((await redeem(made, code)).status).toBe(200)
    const again = await redeem(made, code)
    expect([again.status, again.json['error']]).toEqual([400, 'invalid_grant'])
    // The token-issuer tells of the replay itself, since it revokes for it.
    expect((await made.audited('audit.token.refused'))[0]?.data.reason).toBe('code_replayed')
  })

  it('200 exactly once for 100 parallel redemptions (advisory: concurrent code redemption)', async () => {
    const { made } = await stage()
    const code = await obtainCode(made)
    const statuses = await Promise.all(Array.from({ length: 100 }, () => redeem(made, code).then((a) => a.status)))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 400)).toHaveLength(99)
    expect(made.neighbours.families.size).toBe(1)
  })

  it('400: invalid_grant for another client, which burns nothing (advisory: code of client A burned by client B)', async () => {
    const { made } = await stage()
    const other = clientOf()
    made.neighbours.clients.set(other.client_id, { client: other })
    const code = await obtainCode(made)
    const stolen = await redeem(made, code, { client_id: other.client_id })
    expect([stolen.status, stolen.json['error']]).toEqual([400, 'invalid_grant'])
    expect((await redeem(made, code)).status).toBe(200)
  })

  it.each([
    ['invalid_grant', { code_verifier: 'a'.repeat(43) }],
    ['invalid_grant', { redirect_uri: 'https://app.example/other' }],
    ['invalid_target', { resource: 'http://localhost:8080/other/mcp' }],
    ['invalid_target', { resource: 'no uri' }],
    ['invalid_grant', { code: 'k1.unknown.code' }],
    ['invalid_request', { code: undefined }],
    ['invalid_request', { code_verifier: undefined }],
  ])('400: %s for %j, and nothing is spent', async (error, changes) => {
    const { made } = await stage()
    const code = await obtainCode(made)
    const answer = await redeem(made, code, changes)
    expect([answer.status, answer.json['error']]).toEqual([400, error])
    expect((await redeem(made, code)).status).toBe(200)
  })

  it('400: invalid_grant after a minute', async () => {
    const { deps, made } = await stage()
    const code = await obtainCode(made)
    deps.clock.advance(60_001)
    expect((await redeem(made, code)).json['error']).toBe('invalid_grant')
    expect(made.neighbours.families.size).toBe(0)
  })

  it.each(['user_unknown', 'sign_in_required', 'user_blocked', 'user_denied'])(
    '400: invalid_grant when the user is refused meanwhile (%s)',
    async (code) => {
      const { made } = await stage()
      made.neighbours.replace(issueToken, async () => {
        throw new Refusal(code)
      })
      expect((await redeem(made, await obtainCode(made))).json['error']).toBe('invalid_grant')
    },
  )

  it('503: with Retry-After and never invalid_grant while a part is away; the code works afterwards', async () => {
    const { made } = await stage()
    const code = await obtainCode(made)
    made.neighbours.replace(authenticateClient, async () => {
      throw new Unavailable('bus')
    })
    const answer = await redeem(made, code)
    expect([answer.status, answer.json['error']]).toEqual([503, 'temporarily_unavailable'])
    expect(answer.headers['retry-after']).toBe('5')
    made.neighbours.replace(authenticateClient, async () => ({ client: made.client }))
    expect((await redeem(made, code)).status).toBe(200)
  })

  it('200: even if the redemption cannot be recorded, since the tokens exist', async () => {
    const { deps, made } = await stage()
    const code = await obtainCode(made)
    const append = deps.bus.append.bind(deps.bus)
    deps.bus.append = async (subject, ...rest) => {
      if (subject.startsWith(streams.authorizations.subjects[0].slice(0, -1))) throw new Unavailable('bus')
      return append(subject, ...rest)
    }
    expect((await redeem(made, code)).status).toBe(200)
  })
})

describe('POST /oauth/token, grant refresh_token', () => {
  async function refreshing(changes: Record<string, string> = {}) {
    const { made } = await stage()
    const { json } = await redeem(made, await obtainCode(made))
    const refresh_token = String(json['refresh_token'])
    const form = { grant_type: 'refresh_token', client_id: made.client.client_id, refresh_token, ...changes }
    return { made, form, answer: await made.send('/oauth/token', { form }) }
  }

  it('200: fresh tokens, never stored', async () => {
    const { answer } = await refreshing({ scope: 'read' })
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(answer.json).toMatchObject({ token_type: 'Bearer', scope: 'read' })
  })

  it('hands the resource on in its one form, and no scope when none is asked for (RFC 6749 §6, original-4)', async () => {
    const { made, form } = await refreshing()
    const seen: unknown[] = []
    made.neighbours.replace(refreshToken, async (input) => {
      seen.push(input)
      throw new Refusal('resource_mismatch')
    })
    const resource = `${made.issuer.toUpperCase()}/calculator/mcp/`
    const answer = await made.send('/oauth/token', { form: { ...form, resource } })
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_target'])
    const { refresh_token, client_id } = form
    expect(seen).toEqual([
      { refresh_token, client_id, resource: `${made.issuer}/calculator/MCP`.replace('MCP', 'mcp') },
    ])
  })

  it.each([
    ['refresh_token_invalid', 'invalid_grant'],
    ['refresh_token_reused', 'invalid_grant'],
    ['refresh_token_expired', 'invalid_grant'],
    ['family_revoked', 'invalid_grant'],
    ['scope_widened', 'invalid_scope'],
    ['sign_in_required', 'invalid_grant'],
  ])('400: %s leaves as %s', async (code, error) => {
    const { made, form } = await refreshing()
    made.neighbours.replace(refreshToken, async () => {
      throw new Refusal(code)
    })
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const answer = await made.send('/oauth/token', { form, headers: { traceparent } })
    expect([answer.status, answer.json['error']]).toEqual([400, error])
    const [told] = await made.audited('audit.token.refused')
    expect(told?.data).toMatchObject({ reason: code, trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' })
  })

  it.each([
    ['invalid_request', { refresh_token: '' }],
    ['invalid_scope', { scope: 'a"b' }],
    ['invalid_target', { resource: '/relative' }],
  ])('400: %s for %j', async (error, changes) => {
    const { answer } = await refreshing(changes)
    expect([answer.status, answer.json['error']]).toEqual([400, error])
  })

  it('400: unauthorized_client for a client that is not registered for it', async () => {
    const { made } = await stage({ client: clientOf({ grant_types: ['authorization_code'] }) })
    const form = { grant_type: 'refresh_token', client_id: made.client.client_id, refresh_token: 'x' }
    expect((await made.send('/oauth/token', { form })).json['error']).toBe('unauthorized_client')
  })

  it('503: while the token-issuer is away, never invalid_grant (protocol 5.18)', async () => {
    const { made, form } = await refreshing()
    made.neighbours.replace(refreshToken, async () => {
      throw new Unavailable('token-issuer')
    })
    const answer = await made.send('/oauth/token', { form })
    expect([answer.status, answer.json['error'], answer.headers['retry-after']]).toEqual([
      503,
      'temporarily_unavailable',
      '5',
    ])
  })
})

describe('POST /oauth/token, whatever the grant', () => {
  it.each([
    ['invalid_request', 'no grant type', stated({ client_id: 'x' })],
    ['unsupported_grant_type', 'an unknown one', { grant_type: 'password', client_id: 'x' }],
    ['unsupported_grant_type', 'a property of objects', { grant_type: 'constructor', client_id: 'x' }],
    ['invalid_request', 'a repeated parameter', { grant_type: 'refresh_token', client_id: ['x', 'x'] }],
    ['invalid_target', 'a repeated resource', { grant_type: 'refresh_token', client_id: 'x', resource: ['a', 'b'] }],
  ])('400: %s for %s', async (error, _, form) => {
    const { made } = await stage()
    const answer = await made.send('/oauth/token', { form })
    expect([answer.status, answer.json['error']]).toEqual([400, error])
    expect(Object.keys(answer.json)).toEqual(['error', 'error_description'])
  })

  it('400: invalid_request for JSON and for nothing (RFC 6749 §3.2)', async () => {
    const { made } = await stage()
    const headers = { 'content-type': 'application/json' }
    const json = await made.send('/oauth/token', { body: '{"grant_type":"refresh_token"}', headers })
    expect([json.status, json.json['error']]).toEqual([400, 'invalid_request'])
    const nothing = await made.send('/oauth/token', { method: 'POST' })
    expect([nothing.status, nothing.json['error']]).toEqual([400, 'invalid_request'])
    const broken = await made.send('/oauth/token', { body: '{', headers })
    expect([broken.status, broken.json['error']]).toEqual([400, 'invalid_request'])
  })

  it('is read by every origin, errors included, and never with credentials (pain-17)', async () => {
    const { made } = await stage()
    const preflight = await made.send('/oauth/token', {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
    })
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*'])
    expect(preflight.headers['access-control-allow-headers']).toContain('Authorization')
    const answer = await made.send('/oauth/token', { form: {}, headers: { origin: 'https://a.example' } })
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    expect(answer.headers['access-control-expose-headers']).toContain('WWW-Authenticate')
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
  })

  it('405: for GET, with Allow', async () => {
    const { made } = await stage()
    const answer = await made.send('/oauth/token')
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, OPTIONS'])
  })
})
