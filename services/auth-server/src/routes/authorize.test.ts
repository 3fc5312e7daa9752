import { resolveClient } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { authorizePath, envelopeIn, type Fields, stated } from '../test-support/journey.ts'
import { calculator } from '../test-support/neighbours.ts'
import { CHALLENGE, clientOf, REDIRECT_URI, setStage } from '../test-support/stage.ts'

async function stage(options: Parameters<typeof setStage>[1] = {}) {
  const made = await setStage(await testDeps(), options)
  onTestFinished(() => made.close())
  return made
}

describe.each(['GET', 'POST'] as const)('%s /oauth/authorize', (method) => {
  async function authorize(changes: Fields = {}, options: Parameters<typeof setStage>[1] = {}) {
    const made = await stage(options)
    const path = authorizePath(made, changes)
    const form = Object.fromEntries(new URL(path, made.issuer).searchParams)
    const answer = await (method === 'GET' ? made.send(path) : made.send('/oauth/authorize', { form }))
    return { made, answer }
  }

  it('200: the consent page, and nothing upstream (original-7, A16)', async () => {
    const { made, answer } = await authorize()
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(envelopeIn(answer)).not.toBe('')
    expect(made.neighbours.asked.get('req.provider-bridge.begin-login')).toBeUndefined()
  })

  it.each<[string, Fields]>([
    ['an unknown client', { client_id: 'unknown' }],
    ['no client', { client_id: undefined }],
    ['an unregistered redirect URI', { redirect_uri: 'https://evil.example/cb' }],
    ['a script as redirect URI', { redirect_uri: 'javascript:alert(1)' }],
  ])('400: a readable page and no redirect for %s (original-8, pain-3)', async (_, changes) => {
    const { made, answer } = await authorize({ ...changes, response_type: 'token' })
    expect(answer.status).toBe(400)
    expect(answer.headers.location).toBeUndefined()
    expect(answer.text).toContain('<h1>')
    expect(answer.text).toContain(String(answer.headers['x-request-id']))
    expect(answer.text).not.toMatch(/evil\.example|javascript/)
    expect((await made.audited('audit.authorization.refused'))[0]?.data.decision).toBe('denied')
  })

  it.each<[string, Fields]>([
    ['invalid_request', { code_challenge: undefined }],
    ['invalid_request', { code_challenge_method: 'plain', code_challenge: 'a'.repeat(43) }],
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_target', { resource: 'https://evil.example/calculator/mcp' }],
    ['invalid_target', { resource: 'http://localhost:8080/calculator/mcp#x' }],
    ['invalid_scope', { scope: 'admin' }],
    ['login_required', { prompt: 'none' }],
    ['invalid_request', { state: 'x'.repeat(3_000) }],
  ])('303: %s to the client for %j, with state and iss (RFC 6749 §4.1.2.1, RFC 9207, A9)', async (error, changes) => {
    const { made, answer } = await authorize(changes)
    expect(answer.status).toBe(303)
    expect(answer.headers['cache-control']).toBe('no-store')
    const { origin, pathname, searchParams } = answer.location
    expect(`${origin}${pathname}`).toBe(REDIRECT_URI)
    expect(searchParams.get('error')).toBe(error)
    expect(searchParams.get('state')).toBe(changes['state'] ?? 'xyz')
    expect(searchParams.getAll('iss')).toEqual([made.issuer])
    expect(searchParams.get('error_description')).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
    expect(searchParams.has('code')).toBe(false)
  })

  it('503: a page with Retry-After when the registry does not answer', async () => {
    const made = await stage()
    made.neighbours.replace(resolveClient, async () => {
      throw new Unavailable('bus', { retryAfterSeconds: 7 })
    })
    const path = authorizePath(made)
    const form = Object.fromEntries(new URL(path, made.issuer).searchParams)
    const answer = await (method === 'GET' ? made.send(path) : made.send('/oauth/authorize', { form }))
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '7'])
    expect(answer.headers['content-type']).toContain('text/html')
  })
})

describe('/oauth/authorize', () => {
  it('303: invalid_target for a repeated resource, invalid_request for any other repetition (RFC 6749 §3.1)', async () => {
    const made = await stage()
    const path = authorizePath(made)
    const resource = await made.send(`${path}&resource=${encodeURIComponent(`${made.issuer}/other/mcp`)}`)
    expect(resource.location.searchParams.get('error')).toBe('invalid_target')
    const state = await made.send(`${path}&state=abc`)
    expect(state.location.searchParams.get('error')).toBe('invalid_request')
    expect(state.location.searchParams.has('state')).toBe(false)
  })

  it('400: a page for a repeated client or redirect URI, since nobody knows whom to tell', async () => {
    const made = await stage()
    for (const repeated of ['client_id=x', `redirect_uri=${encodeURIComponent(REDIRECT_URI)}`]) {
      const answer = await made.send(`${authorizePath(made)}&${repeated}`)
      expect([answer.status, answer.headers.location]).toEqual([400, undefined])
    }
  })

  it('415: a page for a body that is no form', async () => {
    const made = await stage()
    const answer = await made.send('/oauth/authorize', { body: '<x/>', headers: { 'content-type': 'text/xml' } })
    expect([answer.status, answer.headers['content-type']]).toEqual([415, 'text/html; charset=utf-8'])
  })

  it('takes the only protected service when the client names none, and no scope for all (conformance)', async () => {
    const made = await stage({
      services: [calculator, { ...calculator, id: 'open', name: 'Open', auth_required: false }],
    })
    const answer = await made.send(authorizePath(made, { resource: undefined, scope: undefined }))
    expect(answer.text).toContain(`${made.issuer}/calculator/mcp`)
    expect(answer.text).toContain('<code>calculate</code>')
  })

  it('gives the browser one id and keeps it; the form works for that browser alone', async () => {
    const made = await stage()
    const jar = new Map<string, string>()
    await made.send(authorizePath(made), { jar })
    const first = jar.get('browser')
    const again = await made.send(authorizePath(made), { jar })
    expect(again.headers['set-cookie']).toBeUndefined()
    expect(jar.get('browser')).toBe(first)
  })

  it('answers HEAD, refuses other methods with Allow, and is read by no other origin', async () => {
    const made = await stage()
    expect((await made.send(authorizePath(made), { method: 'HEAD' })).status).toBe(200)
    const answer = await made.send(authorizePath(made), { method: 'DELETE' })
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST, HEAD, OPTIONS'])
    const preflight = await made.send('/oauth/authorize', {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example' },
    })
    expect(preflight.headers['access-control-allow-origin']).toBeUndefined()
  })

  it('serves a loopback client at any port (pain-8)', async () => {
    const native = clientOf({ redirect_uris: ['http://localhost/callback'], application_type: 'native' })
    const made = await stage({ client: native })
    const query = stated({
      response_type: 'code',
      client_id: native.client_id,
      redirect_uri: 'http://localhost:49152/callback',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    })
    const answer = await made.send(`/oauth/authorize?${new URLSearchParams(query).toString()}`)
    expect([answer.status, answer.text.includes('localhost:49152')]).toEqual([200, true])
  })
})
