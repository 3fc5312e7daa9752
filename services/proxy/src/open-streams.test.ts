import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Service } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { type ProxyUnderTest, service, startProxy } from './test-support/proxy.ts'

const WHO = { id: 'r1', sub: 'custom:ada|1', client_id: 'client-1' }

/** An event stream that has begun, and both its ends. */
async function world(fields: Partial<Service> = {}, options: { keepAliveMs?: number } = {}) {
  const arrived = Promise.withResolvers<{ request: IncomingMessage; response: ServerResponse }>()
  const backend = await startBackend((request, response) => arrived.resolve({ request, response }))
  const listed = service(backend.origin, fields)
  const proxy = await startProxy({
    services: [listed, service(backend.origin, { id: 'other' })],
    streams: { lookEveryMs: 20, ...options },
  })
  const headers = { Authorization: `Bearer ${proxy.token()}`, Accept: 'text/event-stream' }
  const opening = proxy.open('/calculator/mcp', { headers })
  const { request, response } = await arrived.promise
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
  const stream = await opening
  const received: string[] = []
  stream.on('data', (chunk: Buffer) => received.push(chunk.toString()))
  const ended = new Promise<void>((resolve) => {
    stream.on('error', () => undefined).on('close', resolve)
  })
  return { proxy, listed, stream, received, ended, request, response }
}

const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('an open stream ends on both sides, within a second,', () => {
  const reasons: Record<string, (proxy: ProxyUnderTest, listed: Service) => Promise<unknown>> = {
    'when its family is revoked': (proxy) =>
      proxy.revoke({ ...WHO, kind: 'family', sid: 'family-1', at: proxy.deps.clock() } as never),
    'when its user is blocked (pain-14)': (proxy) =>
      proxy.revoke({ ...WHO, kind: 'user', before: proxy.deps.clock() + 1_000, at: proxy.deps.clock() } as never),
    'when a rule of its service has tightened': (proxy) =>
      proxy.revoke({
        ...WHO,
        kind: 'rule',
        service: 'calculator',
        before: proxy.deps.clock() + 1_000,
        at: proxy.deps.clock(),
      } as never),
    'when its service is removed': (proxy) => proxy.remove('calculator'),
    'when the scopes that its service takes are others': (proxy, listed) =>
      proxy.list({ ...listed, scopes: ['admin'] }),
    'when the key that signed its token is withdrawn': (proxy) => proxy.putKeys({ ...proxy.signer.ring, keys: [] }),
    'when its token has expired long enough ago': async (proxy) => proxy.deps.clock.advance((3_600 + 3_600) * 1_000),
  }
  it.each(Object.entries(reasons))('%s', async (_when, happen) => {
    const { proxy, listed, stream, ended, request } = await world()
    const gone = once(request.socket, 'close')
    const before = performance.now()
    await happen(proxy, listed)
    await Promise.all([ended, gone])
    expect(performance.now() - before).toBeLessThan(1_000)
    expect(stream.complete).toBe(false)
    const denied = (await proxy.audited()).filter(({ type }) => type === 'audit.mcp.denied')
    expect(denied).toHaveLength(1)
  })
})

describe('an open answer to a tool’s call', () => {
  const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add' } })
  const opened = async (fields: Partial<Service>) => {
    const backend = await startBackend((_request, response) =>
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders(),
    )
    const listed = service(backend.origin, fields)
    const proxy = await startProxy({ services: [listed] })
    const headers = { Authorization: `Bearer ${proxy.token()}` }
    const stream = await proxy.open('/calculator/mcp', { headers, body: call })
    const state = { ended: false }
    stream
      .resume()
      .on('error', () => undefined)
      .on('close', () => (state.ended = true))
    return { listed, proxy, state }
  }
  const groups = { add: { scopes: [], groups: ['admins'] } }

  it.each([
    ['takes a group that its user is not in', { tools: { other: ['read'] } }],
    ['is ruled at all, which nobody looked at before', {}],
  ])('ends when that tool %s', async (_when, before) => {
    const { listed, proxy, state } = await opened(before)
    await proxy.list({ ...listed, tools: groups })
    await expect.poll(() => state.ended).toBe(true)
  })

  it('goes on when rules change that are not its own', async () => {
    const { listed, proxy, state } = await opened({ tools: { other: ['read'] } })
    await proxy.list({ ...listed, tools: { other: { scopes: [], groups: ['admins'] } } })
    await passed(1_200)
    expect(state.ended).toBe(false)
  })
})

describe('an open stream goes on', () => {
  it('for an hour after its token has expired, also when its key has left the ring by then', async () => {
    const { proxy, received, response } = await world()
    proxy.deps.clock.advance((3_600 + 3_500) * 1_000)
    await proxy.putKeys({ ...proxy.signer.ring, keys: [] })
    await passed(100)
    response.write('data: a\n\n')
    await expect.poll(() => received.join('')).toBe('data: a\n\n')
  })

  it('when another family, user or service is concerned, or an entry changes in what it does not need', async () => {
    const { proxy, listed, received, response } = await world()
    const at = proxy.deps.clock()
    await proxy.revoke({ id: 'r2', kind: 'family', sid: 'family-2', at, sub: 'x', client_id: 'x' } as never)
    await proxy.remove('other')
    await proxy.list({ ...listed, name: 'Renamed', timeout: 1 })
    await passed(100)
    response.write('data: a\n\n')
    await expect.poll(() => received.join('')).toBe('data: a\n\n')
  })
})

describe('a silent event stream', () => {
  it('gets comments between its events and never within one (pain-11, T9)', async () => {
    const { stream, received, response } = await world({}, { keepAliveMs: 40 })
    expect(stream.headers['x-accel-buffering']).toBe('no')
    await expect.poll(() => received.join('')).toMatch(/^(?:: keep-alive\n\n)+$/)
    response.write('data: a\n')
    await expect.poll(() => received.join('')).toMatch(/data: a\n$/)
    await passed(150)
    const half = received.join('')
    expect(half.endsWith('data: a\n')).toBe(true)
    response.write('\n')
    await expect.poll(() => received.join('').slice(half.length)).toMatch(/^\n: keep-alive\n\n/)
  })

  it('gets none where its length or a coding is stated, or where it is no event stream', async () => {
    for (const head of [
      { 'Content-Type': 'text/event-stream', 'Content-Encoding': 'gzip' },
      { 'Content-Type': 'text/event-stream', 'Content-Length': '100' },
      { 'Content-Type': 'application/json' },
    ]) {
      const backend = await startBackend((_request, response) => {
        response.writeHead(200, head).write('\n\n')
      })
      const proxy = await startProxy({
        services: [service(backend.origin)],
        streams: { lookEveryMs: 10, keepAliveMs: 20 },
      })
      const stream = await proxy.open('/calculator/mcp', { headers: { Authorization: `Bearer ${proxy.token()}` } })
      const received: Buffer[] = []
      stream.on('data', (chunk: Buffer) => received.push(chunk)).on('error', () => undefined)
      await passed(100)
      expect(Buffer.concat(received).toString()).toBe('\n\n')
      stream.destroy()
    }
  })
})
