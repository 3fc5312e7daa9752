import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { service, startProxy } from './test-support/proxy.ts'

describe('a caller who asks too often', () => {
  it('is 429 with Retry-After, and nobody else is', async () => {
    const backend = await startBackend()
    const config = { limits: { user_requests_per_minute: 12 } }
    const proxy = await startProxy({ config, services: [service(backend.origin)] })
    const send = (claims = {}) =>
      proxy.send('/calculator/mcp', { headers: { Authorization: `Bearer ${proxy.token(claims)}` } })
    expect([(await send()).status, (await send()).status]).toEqual([200, 200])
    const answer = await send()
    expect([answer.status, answer.headers['retry-after'], answer.json().error]).toEqual([429, '5', 'too_many_requests'])
    expect((await send({ sub: 'custom:bob|2' })).status).toBe(200)
    proxy.deps.clock.advance(5_000)
    expect((await send()).status).toBe(200)
    const denied = (await proxy.audited()).filter(({ type }) => type === 'audit.mcp.denied')
    expect(denied.map(({ data }) => data.reason)).toEqual(['user_requests_per_minute'])
  })
})

describe('requests under way', () => {
  it('of one user are bounded, open streams included; a stream that ends makes room', async () => {
    const open: ServerResponse[] = []
    const backend = await startBackend((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      open.push(response)
    })
    const proxy = await startProxy({ config: { limits: { user_concurrent: 2 } }, services: [service(backend.origin)] })
    const headers = { Authorization: `Bearer ${proxy.token()}` }
    const streams = [await proxy.open('/calculator/mcp', { headers }), await proxy.open('/calculator/mcp', { headers })]
    expect((await proxy.send('/calculator/mcp', { headers })).status).toBe(429)
    for (const stream of streams) stream.resume()
    open[0]?.end()
    await expect.poll(async () => (await proxy.open('/calculator/mcp', { headers })).statusCode).toBe(200)
  })

  it('that wait for a slow service are bounded, so that other services are not starved', async () => {
    const [slow, quick] = await Promise.all([startBackend(() => undefined), startBackend()])
    const proxy = await startProxy({
      config: { limits: { service_waiting: 3 } },
      services: [service(slow.origin), service(quick.origin, { id: 'quick' })],
    })
    const abort = new AbortController()
    const headers = { Authorization: `Bearer ${proxy.token()}` }
    const waiting = [1, 2, 3].map(() =>
      proxy.open('/calculator/mcp', { headers, signal: abort.signal }).catch(() => undefined),
    )
    await expect.poll(() => slow.seen.length).toBe(3)
    const busy = await proxy.send('/calculator/mcp', { headers })
    expect([busy.status, busy.headers['retry-after']]).toEqual([503, '1'])
    const other = { Authorization: `Bearer ${proxy.token({}, 'quick')}` }
    expect((await proxy.send('/quick/mcp', { headers: other })).status).toBe(200)
    abort.abort()
    await Promise.all(waiting)
  })
})

describe('a backend that cannot be reached', () => {
  it('is not tried by everybody: after five failures one request a time finds out whether it is back', async () => {
    const backend = await startBackend()
    const dead = 'http://127.0.0.1:1'
    const proxy = await startProxy({ services: [service(dead), service(backend.origin, { id: 'other' })] })
    const send = () => proxy.send('/calculator/mcp', { headers: { Authorization: `Bearer ${proxy.token()}` } })
    for (let i = 0; i < 7; i++) expect((await send()).status).toBe(502)
    const reasons = async () =>
      (await proxy.audited()).filter(({ type }) => type === 'audit.mcp.request').map(({ data }) => data.reason)
    expect((await reasons()).slice(-2)).toEqual(['circuit_open', 'circuit_open'])
    proxy.deps.clock.advance(1_000)
    expect((await send()).status).toBe(502)
    expect((await reasons()).at(-1)).toBe('backend_unreachable')
  })
})
