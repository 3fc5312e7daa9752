import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { service, startProxy } from './test-support/proxy.ts'
import { createSigner, signToken, userClaims } from './test-support/tokens.ts'

const metadata = 'resource_metadata="http://localhost:8080/.well-known/oauth-protected-resource/calculator/mcp"'

async function world() {
  const backend = await startBackend()
  const proxy = await startProxy({
    services: [
      service(backend.origin),
      service(backend.origin, { id: 'other', scopes: [] }),
      service(backend.origin, { id: 'open', auth_required: false }),
    ],
  })
  return { backend, proxy }
}

describe('a call without a token', () => {
  it.each(['GET', 'POST', 'DELETE', 'OPTIONS'])(
    'is challenged on %s, without an error (RFC 6750 §3.1, R2, R3)',
    async (method) => {
      const { backend, proxy } = await world()
      const answer = await proxy.send('/calculator/mcp', { method })
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toBe(`Bearer ${metadata}, scope="read calculate"`)
      expect(answer.headers['content-type']).toBe('application/json')
      expect(answer.json()).toEqual({ error: 'invalid_token', error_description: 'An access token is needed here.' })
      expect(backend.seen).toHaveLength(0)
    },
  )

  it('is refused below the endpoint too, and on HEAD without a body', async () => {
    const { proxy } = await world()
    expect((await proxy.send('/calculator/mcp/x/y')).status).toBe(401)
    const head = await proxy.send('/calculator/mcp', { method: 'HEAD' })
    expect([head.status, head.body.length]).toEqual([401, 0])
  })

  it('does not get in with one in the query (R9)', async () => {
    const { backend, proxy } = await world()
    const answer = await proxy.send(`/calculator/mcp?access_token=${proxy.token()}`)
    expect([answer.status, answer.json().error]).toEqual([400, 'invalid_request'])
    expect(backend.seen).toHaveLength(0)
  })
})

describe('a call with a bad token', () => {
  it.each<[string, (proxy: Awaited<ReturnType<typeof world>>['proxy']) => string]>([
    ['another audience (pain-6)', (proxy) => proxy.token({}, 'other')],
    ['an unknown kid', (proxy) => signToken(createSigner('unknown'), { claims: userClaims(proxy.deps.clock()) })],
    ['another key', (proxy) => signToken(createSigner(proxy.signer.kid), { claims: userClaims(proxy.deps.clock()) })],
    ['an end that has passed', (proxy) => proxy.token({ exp: proxy.deps.clock() / 1_000 - 60 })],
    ['no shape at all', () => 'x'],
  ])('(%s) is 401 invalid_token', async (_what, tokenOf) => {
    const { backend, proxy } = await world()
    const answer = await proxy.send('/calculator/mcp', { headers: { Authorization: `Bearer ${tokenOf(proxy)}` } })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toContain(
      `Bearer ${metadata}, scope="read calculate", error="invalid_token"`,
    )
    expect(answer.json().error).toBe('invalid_token')
    expect(backend.seen).toHaveLength(0)
  })

  it('is 403 insufficient_scope with all scopes when the token has none of them (R6, original-30)', async () => {
    const { proxy } = await world()
    const headers = { Authorization: `Bearer ${proxy.token({ scope: 'openid profile' })}` }
    const answer = await proxy.send('/calculator/mcp', { headers })
    expect(answer.status).toBe(403)
    expect(answer.headers['www-authenticate']).toContain('scope="read calculate", error="insufficient_scope"')
    expect(answer.json().error).toBe('insufficient_scope')
  })

  it('is 400 invalid_request when the header is malformed or there are two (R4)', async () => {
    const { proxy } = await world()
    for (const Authorization of ['Bearer a b', [`Bearer ${proxy.token()}`, `Bearer ${proxy.token()}`]]) {
      const answer = await proxy.send('/calculator/mcp', { headers: { Authorization } })
      expect([answer.status, answer.json().error]).toEqual([400, 'invalid_request'])
      expect(answer.headers['www-authenticate']).toContain('error="invalid_request"')
    }
  })

  it('says nothing of the token, the reason or the backend', async () => {
    const { proxy } = await world()
    const token = proxy.token({}, 'other')
    const answer = await proxy.send('/calculator/mcp', { headers: { Authorization: `Bearer ${token}` } })
    const wire = JSON.stringify([answer.rawHeaders, answer.body.toString()])
    expect(wire).not.toMatch(/audience|127\.0\.0\.1/)
    expect(wire).not.toContain(token.slice(0, 20))
  })
})

describe('a revocation', () => {
  const who = { id: 'r1', sub: 'custom:ada|1', client_id: 'client-1' }

  it('of the family refuses its tokens at once, also those that were verified before (original-5, pain-14)', async () => {
    const { proxy } = await world()
    const headers = { Authorization: `Bearer ${proxy.token()}` }
    const other = { Authorization: `Bearer ${proxy.token({ sid: 'family-2', jti: 'jti-2' })}` }
    expect((await proxy.send('/calculator/mcp', { headers })).status).toBe(200)
    await proxy.revoke({ kind: 'family', sid: 'family-1', at: proxy.deps.clock(), ...who })
    expect((await proxy.send('/calculator/mcp', { headers })).status).toBe(401)
    expect((await proxy.send('/calculator/mcp', { headers: other })).status).toBe(200)
  })

  it('of a dropped key refuses what it signed', async () => {
    const { proxy } = await world()
    const headers = { Authorization: `Bearer ${proxy.token()}` }
    expect((await proxy.send('/calculator/mcp', { headers })).status).toBe(200)
    await proxy.putKeys(createSigner('next').ring)
    expect((await proxy.send('/calculator/mcp', { headers })).status).toBe(401)
  })
})

describe('identity', () => {
  const spoofed = {
    'X-User-Id': 'admin',
    'x-user-email': 'admin@example.com',
    x_user_name: 'admin',
    'X-Gateway-Assertion': 'a.b.c',
  }

  it('comes from the token alone, whatever the client says, and survives any name (original-12, original-21, pain-12)', async () => {
    const { backend, proxy } = await world()
    const token = proxy.token({ name: 'Zoë 李', email: undefined })
    const headers = { ...spoofed, Authorization: `Bearer ${token}` }
    expect((await proxy.send('/calculator/mcp', { headers })).status).toBe(200)
    const seen = backend.seen[0]!.headers
    expect(seen['x-user-id']).toBe('ada|1')
    expect(decodeURIComponent(String(seen['x-user-name']))).toBe('Zoë 李')
    expect(JSON.stringify(seen)).not.toMatch(/admin|a\.b\.c/)
    expect(seen['x-user-email']).toBeUndefined()
  })

  it('is none for a public service, whoever calls (original-12)', async () => {
    const { backend, proxy } = await world()
    const headers = { ...spoofed, Authorization: `Bearer ${proxy.token({}, 'open')}`, Cookie: 'a=b' }
    expect((await proxy.send('/open/mcp', { headers })).status).toBe(200)
    expect(Object.keys(backend.seen[0]!.headers).filter((name) => /user|gateway|auth|cookie/.test(name))).toEqual([])
  })
})

describe('the audit', () => {
  it('tells of each call and each refusal, with ids and never with the token', async () => {
    const { proxy } = await world()
    const token = proxy.token()
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const headers = { Authorization: `Bearer ${token}`, 'Mcp-Method': 'tools/call', 'Mcp-Name': 'add', traceparent }
    await proxy.send('/calculator/mcp', { headers, body: '{"params":{"arguments":"private"}}' })
    const denied = await proxy.send('/other/mcp', { headers })
    await proxy.send('/no-such-service/mcp', { headers })
    const events = await proxy.audited()
    expect(events.map(({ type, data }) => [type, data.status, data.reason])).toEqual([
      ['audit.mcp.request', 200, undefined],
      ['audit.mcp.denied', 401, 'token_audience'],
      ['audit.mcp.denied', 404, 'service_not_found'],
    ])
    expect(events[0]?.data).toMatchObject({
      decision: 'allowed',
      service: 'calculator',
      sub: 'custom:ada|1',
      client_id: 'client-1',
      family: 'family-1',
      actor: 'user:custom:ada|1',
      http_method: 'POST',
      mcp_method: 'tools/call',
      tool: 'add',
      address: '127.0.0.1',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    })
    expect(events[1]?.data.request_id).toBe(denied.headers['x-request-id'])
    expect(JSON.stringify(events)).not.toMatch(/private|no-such-service|ada@example/)
    expect(JSON.stringify(events)).not.toContain(token.slice(0, 20))
  })
})
