import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Refusal, Unavailable } from '@gateway/kernel'
import { testConfig, testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHttp, hostAllowed } from './http.ts'

async function server(config: Record<string, unknown> = {}) {
  const seen: { status: number; code: unknown }[] = []
  const http = await createHttp(await testDeps({ config: testConfig(config) }), {
    refusals: { nope: { status: 403, error: 'access_denied', description: 'No.' } },
    onError: (_request, error, status) => seen.push({ status, code: (error as { code?: unknown }).code }),
    bodyLimitBytes: 1_000,
  })
  http.get('/refused', () => {
    throw new Refusal('nope', { reason: 'internal detail' })
  })
  http.get('/down', () => {
    throw new Unavailable('bus')
  })
  http.get('/bug', () => {
    throw new SyntaxError('internal text')
  })
  http.post('/echo', (request) => request.body)
  const ask = (
    method: 'GET' | 'POST',
    url: string,
    more: { headers?: Record<string, string>; payload?: string } = {},
  ) => http.inject({ method, url, ...more, headers: { host: 'localhost:8080', ...more.headers } })
  return { ask, seen, http }
}

describe('a service’s HTTP', () => {
  it('answers refusals as RFC 6749 §5.2 JSON from the table, and tells whoever audits', async () => {
    const { ask, seen } = await server()
    const answer = await ask('GET', '/refused')
    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toEqual({ error: 'access_denied', error_description: 'No.' })
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['x-request-id']).toMatch(/^[\w-]{22}$/)
    expect(seen).toEqual([{ status: 403, code: 'nope' }])
  })

  it.each([
    ['Host', 'localhost:8080'],
    ['Authorization', 'Bearer b'],
    ['content-TYPE', 'text/plain'],
  ])('400: %s given twice, of which an edge may have read the other one (RFC 9110 §5.3)', async (name, second) => {
    const { http } = await server()
    await http.listen({ host: '127.0.0.1', port: 0 })
    onTestFinished(() => http.close())
    const { port } = http.server.address() as AddressInfo
    const once = ['Host', 'localhost:8080', 'Authorization', 'Bearer a', 'Content-Type', 'text/plain']
    const statusOf = (headers: readonly string[]) =>
      new Promise((resolve, reject) => {
        const sent = request({ port, host: '127.0.0.1', path: '/refused', setHost: false, headers })
        sent.on('response', (answer) => resolve(answer.resume().statusCode))
        sent.on('error', reject)
        sent.end()
      })
    expect(await statusOf(once)).toBe(403)
    expect(await statusOf([...once, name, second])).toBe(400)
  })

  it('answers an outage with 503 and Retry-After', async () => {
    const answer = await (await server()).ask('GET', '/down')
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
  })

  it('answers a bug with 500 and no text of it', async () => {
    const answer = await (await server()).ask('GET', '/bug')
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('internal')
  })

  it.each([
    ['malformed JSON', 'application/json', '{"a":', 400],
    ['an unknown media type', 'text/xml', '<a/>', 415],
    ['a body over the limit', 'application/json', JSON.stringify('x'.repeat(1_001)), 413],
  ])('refuses %s as JSON, without the framework’s words', async (_, type, payload, status) => {
    const answer = await (await server()).ask('POST', '/echo', { headers: { 'content-type': type }, payload })
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toEqual({ error: 'invalid_request', error_description: expect.any(String) })
    expect(answer.body).not.toMatch(/FST_|fastify|Unexpected/)
  })

  it('refuses an address that cannot be decoded as JSON', async () => {
    const answer = await (await server()).ask('GET', '/%zz')
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toEqual({ error: 'invalid_request', error_description: 'The address is malformed.' })
  })

  it('reads forms, repeated fields as lists', async () => {
    const answer = await (await server()).ask('POST', '/echo', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'a=1&a=2&b=3',
    })
    expect(answer.json()).toEqual({ a: ['1', '2'], b: '3' })
  })

  it('answers 404 as JSON', async () => {
    const answer = await (await server()).ask('GET', '/nothing')
    expect([answer.statusCode, answer.json().error]).toEqual([404, 'not_found'])
  })

  it('refuses a foreign Host before any route sees it (DNS rebinding)', async () => {
    const answer = await (await server()).ask('GET', '/refused', { headers: { host: 'evil.example' } })
    expect(answer.statusCode).toBe(421)
  })
})

describe('the Host check', () => {
  const loopback = testConfig({ issuer: 'http://localhost:8080' })
  const open = testConfig({ issuer: 'https://gateway.example.com', allowed_hosts: ['gw.internal:8080'] })

  it.each(['localhost:8080', 'localhost', '127.0.0.1:9', '[::1]:8080', 'LOCALHOST:8080'])(
    'on a loopback issuer %s is served',
    (host) => expect(hostAllowed(host, loopback)).toBe(true),
  )

  it.each(['localhost.evil.example', '127.0.0.1.evil.example:8080', 'evil.example', '', undefined])(
    'on a loopback issuer %s is not served',
    (host) => expect(hostAllowed(host, loopback)).toBe(false),
  )

  it('on a public issuer its host and the allowed ones are served, and loopback is not', () => {
    expect(hostAllowed('gateway.example.com', open)).toBe(true)
    expect(hostAllowed('GW.internal:8080', open)).toBe(true)
    expect(hostAllowed('localhost', open)).toBe(false)
    expect(hostAllowed('gateway.example.com.evil.example', open)).toBe(false)
  })
})
