import { registerClient } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { setStage } from '../test-support/stage.ts'

async function stage() {
  const made = await setStage(await testDeps())
  onTestFinished(() => made.close())
  const json = (body: string) => made.send('/oauth/register', { body, headers: { 'content-type': 'application/json' } })
  return { made, json }
}

describe('POST /oauth/register', () => {
  it('201: JSON, with the secret of a client that has one (RFC 7591 §3.2.1)', async () => {
    const { json } = await stage()
    const answer = await json('{"client_name":"App","redirect_uris":["https://app.example/cb"]}')
    expect([answer.status, answer.headers['cache-control']]).toEqual([201, 'no-store'])
    expect(answer.json).toMatchObject({
      client_id: expect.any(String),
      client_secret: expect.any(String),
      client_secret_expires_at: 0,
      client_id_issued_at: Date.UTC(2026, 0, 1) / 1_000,
      client_name: 'App',
      redirect_uris: ['https://app.example/cb'],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    })
  })

  it('201: no secret for a client that registers none', async () => {
    const { json } = await stage()
    const answer = await json('{"redirect_uris":["http://localhost/cb"],"token_endpoint_auth_method":"none"}')
    expect(answer.status).toBe(201)
    expect(Object.keys(answer.json).filter((name) => name.startsWith('client_secret'))).toEqual([])
  })

  it('201: two alike are two clients (original-1)', async () => {
    const { json } = await stage()
    const body = '{"client_name":"App","redirect_uris":["https://app.example/cb"]}'
    const [a, b] = [await json(body), await json(body)]
    expect(a.json['client_id']).not.toBe(b.json['client_id'])
    expect(a.json['client_secret']).not.toBe(b.json['client_secret'])
  })

  it('201: a form, whose repeated fields are lists', async () => {
    const { made } = await stage()
    const redirect_uris = ['https://app.example/cb', 'http://127.0.0.1/cb']
    const form = { client_name: 'App', redirect_uris, token_endpoint_auth_method: 'none' }
    const answer = await made.send('/oauth/register', { form })
    expect([answer.status, answer.json['redirect_uris']]).toEqual([201, redirect_uris])
  })

  it.each([
    ['invalid_redirect_uri', '{"redirect_uris":["javascript:alert(1)"]}'],
    ['invalid_redirect_uri', '{}'],
    ['invalid_client_metadata', '{"redirect_uris":["https://a.example/"],"grant_types":["implicit"]}'],
    ['invalid_client_metadata', '[]'],
    ['invalid_client_metadata', 'null'],
    ['invalid_client_metadata', '{"redirect_uris":'],
    ['invalid_client_metadata', ''],
    ['invalid_client_metadata', '{"__proto__":{"a":1}}'],
  ])('400: %s for %s (RFC 7591 §3.2.2)', async (error, body) => {
    const { json } = await stage()
    const answer = await json(body)
    expect([answer.status, answer.json['error']]).toEqual([400, error])
    expect(Object.keys(answer.json)).toEqual(['error', 'error_description'])
  })

  it('400: another content type; 413: too much', async () => {
    const { made, json } = await stage()
    const xml = await made.send('/oauth/register', { body: '<a/>', headers: { 'content-type': 'text/xml' } })
    expect([xml.status, xml.json['error']]).toEqual([400, 'invalid_client_metadata'])
    expect((await json(JSON.stringify({ client_name: 'x'.repeat(70_000) }))).status).toBe(413)
  })

  it('429: too many registrations, with Retry-After (pain-16)', async () => {
    const { made, json } = await stage()
    made.neighbours.replace(registerClient, async () => {
      throw new Refusal('registration_limit')
    })
    const answer = await json('{}')
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '3600'])
  })

  it('503: while the registry is away', async () => {
    const { made, json } = await stage()
    made.neighbours.replace(registerClient, async () => {
      throw new Unavailable('registry')
    })
    expect((await json('{}')).status).toBe(503)
  })

  it('is open to every origin (pain-17)', async () => {
    const { made } = await stage()
    const { headers } = await made.send('/oauth/register', { method: 'OPTIONS' })
    expect([headers['access-control-allow-origin'], headers['access-control-allow-methods']]).toEqual([
      '*',
      'POST, OPTIONS',
    ])
  })
})
