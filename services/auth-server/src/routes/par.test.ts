import { Unavailable } from '@gateway/kernel'
import { testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { authorizePath, decide, type Fields, hopOf, redeem } from '../test-support/journey.ts'
import { type Answer, clientOf, setStage } from '../test-support/stage.ts'

async function stage() {
  const deps = await testDeps()
  const made = await setStage(deps)
  onTestFinished(() => made.close())
  const formOf = (changes: Fields = {}) =>
    Object.fromEntries(new URL(authorizePath(made, changes), made.issuer).searchParams)
  const push = (changes: Fields = {}) => made.send('/oauth/par', { form: formOf(changes) })
  const open = (pushed: Answer | string, changes: Record<string, string> = {}, jar = new Map<string, string>()) => {
    const request_uri = typeof pushed === 'string' ? pushed : String(pushed.json['request_uri'])
    const query = new URLSearchParams({ client_id: made.client.client_id, request_uri, ...changes })
    return made.send(`/oauth/authorize?${query.toString()}`, { jar })
  }
  return { deps, made, formOf, push, open }
}

describe('POST /oauth/par (RFC 9126)', () => {
  it('201: a name for the request, which leads to the code', async () => {
    const { made, push, open } = await stage()
    const pushed = await push({ state: 'pushed state' })
    expect([pushed.status, pushed.headers['cache-control']]).toEqual([201, 'no-store'])
    expect(pushed.json).toEqual({
      request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{22}$/),
      expires_in: 90,
    })
    const jar = new Map<string, string>()
    const { pathname, search } = hopOf(await decide(made, await open(pushed, {}, jar), 'approve', { jar }))
    const { location } = await made.send(`${pathname}${search}`, { jar })
    expect(location.searchParams.get('state')).toBe('pushed state')
    expect((await redeem(made, location.searchParams.get('code') ?? '')).status).toBe(200)
  })

  it('what was pushed counts, and nothing that is sent beside its name (§4)', async () => {
    const { push, open } = await stage()
    const page = await open(await push({ scope: 'read' }), {
      scope: 'calculate',
      redirect_uri: 'https://evil.example/',
    })
    expect(page.status).toBe(200)
    expect(page.text).toContain('<code>read</code>')
    expect(page.text).not.toMatch(/calculate<|evil/)
  })

  it('is used once, in time, and by the client that pushed it (§7.3); else a page and no redirect', async () => {
    const { deps, made, push, open } = await stage()
    const pushed = await push()
    expect((await open(pushed)).status).toBe(200)
    const late = await push()
    const foreign = await push()
    deps.clock.advance(90_001)
    const other = clientOf()
    made.neighbours.clients.set(other.client_id, { client: other })
    const answers = [
      await open(pushed),
      await open(late),
      await open(foreign, { client_id: other.client_id }),
      await open('urn:ietf:params:oauth:request_uri:unknown'),
    ]
    for (const answer of answers) expect([answer.status, answer.headers.location]).toEqual([400, undefined])
  })

  it('of 20 that come at the same time one is served', async () => {
    const { push, open } = await stage()
    const pushed = await push()
    const statuses = await Promise.all(Array.from({ length: 20 }, () => open(pushed).then(({ status }) => status)))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  it.each<[string, Fields]>([
    ['invalid_request', { code_challenge: undefined }],
    ['invalid_request', { redirect_uri: 'https://evil.example/cb' }],
    ['invalid_target', { resource: 'https://evil.example/mcp' }],
    ['invalid_scope', { scope: 'admin' }],
    ['unsupported_response_type', { response_type: 'token' }],
    ['request_uri_not_supported', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }],
    ['invalid_request', { state: 'x'.repeat(9_000) }],
  ])('400: %s as JSON for %j (§2.3)', async (error, changes) => {
    const { made, push } = await stage()
    const answer = await push(changes)
    expect([answer.status, answer.json['error'], answer.headers.location]).toEqual([400, error, undefined])
    expect((await made.audited('audit.authorization.refused'))[0]?.data.client_id).toBe(made.client.client_id)
  })

  it('401: a client that must prove itself and does not; its secret is not kept', async () => {
    const { deps, made, formOf } = await stage()
    const client = clientOf({ token_endpoint_auth_method: 'client_secret_post' })
    made.neighbours.clients.set(client.client_id, { client, secret: 's3cret' })
    const form = { ...formOf(), client_id: client.client_id }
    expect((await made.send('/oauth/par', { form })).status).toBe(401)
    const seen: string[] = []
    const put = deps.store.put.bind(deps.store)
    deps.store.put = async (key, value, options) => {
      seen.push(key, Buffer.from(value).toString('latin1'))
      return put(key, value, options)
    }
    const basic = Buffer.from(`${client.client_id}:s3cret`).toString('base64')
    const headers = { authorization: `Basic ${basic}` }
    expect((await made.send('/oauth/par', { form, headers })).status).toBe(201)
    expect((await made.send('/oauth/par', { form: { ...form, client_secret: 's3cret' } })).status).toBe(201)
    expect(seen.join('\n')).not.toMatch(/s3cret|app\.example/)
  })

  it('503: while the store is away', async () => {
    const { deps, push } = await stage()
    deps.store.put = async () => {
      throw new Unavailable('store')
    }
    expect((await push()).status).toBe(503)
  })
})
