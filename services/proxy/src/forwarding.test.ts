import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { service, sessionOf, startProxy } from './test-support/proxy.ts'

const call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}'

async function world(listener?: Parameters<typeof startBackend>[0]) {
  const backend = await startBackend(listener)
  const proxy = await startProxy({ services: [service(backend.origin)] })
  const headers = { Authorization: `Bearer ${proxy.token()}` }
  return { backend, proxy, headers }
}

describe('a call with a good token', () => {
  it('reaches the backend with exactly these headers, and no byte of the bearer (R5, advisory: gateway token sent to third party)', async () => {
    const { backend, proxy } = await world()
    const token = proxy.token()
    const answer = await proxy.send('/calculator/mcp', {
      body: call,
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        'MCP-Protocol-Version': '2025-06-18',
        'Mcp-Session-Id': sessionOf(proxy, 'session-1'),
        'Last-Event-ID': '7',
        Cookie: 'account=secret',
        'Proxy-Authorization': 'Basic c2VjcmV0',
        TE: 'trailers',
        'X-Custom': ['one', 'two'],
      },
    })
    expect(answer.status).toBe(200)
    expect(answer.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
    const [seen] = backend.seen
    expect(seen).toMatchObject({ method: 'POST', url: '/mcp', body: call })
    expect(pairs(seen!.rawHeaders)).toEqual([
      ['host', `127.0.0.1:${backend.port}`],
      ['connection', 'keep-alive'],
      ['Content-Type', 'application/json'],
      ['Accept', 'application/json, text/event-stream'],
      ['MCP-Protocol-Version', '2025-06-18'],
      ['Last-Event-ID', '7'],
      ['X-Custom', 'one'],
      ['X-Custom', 'two'],
      ['X-Forwarded-For', '127.0.0.1'],
      ['X-Forwarded-Host', 'localhost:8080'],
      ['X-Forwarded-Proto', 'http'],
      ['Mcp-Session-Id', 'session-1'],
      ['x-user-id', 'ada|1'],
      ['x-user-email', 'ada@example.com'],
      ['x-user-name', 'Ada Lovelace'],
      ['x-user-provider', 'custom'],
      ['x-user-avatar', 'https://example.com/ada.png'],
      ['content-length', String(call.length)],
    ])
    const wire = JSON.stringify(seen)
    for (const part of token.split('.')) expect(wire).not.toContain(part)
    expect(wire).not.toMatch(/secret|c2VjcmV0/)
  })

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])('is forwarded as %s', async (method) => {
    const { backend, proxy, headers } = await world()
    expect((await proxy.send('/calculator/mcp', { method, headers })).status).toBe(200)
    expect(backend.seen[0]?.method).toBe(method)
  })

  it('keeps what follows the endpoint, and the query, as sent (original-22)', async () => {
    const { backend, proxy, headers } = await world()
    await proxy.send('/calculator/mcp/a%20b/C?x=1&x=2&y=%2F&z', { headers })
    expect(backend.seen[0]?.url).toBe('/mcp/a%20b/C?x=1&x=2&y=%2F&z')
  })

  it('does not rewrite Accept and MCP-Protocol-Version, nor double them (original-11, original-19)', async () => {
    const { backend, proxy, headers } = await world()
    await proxy.send('/calculator/mcp', { headers: { ...headers, Accept: 'a/b', 'MCP-Protocol-Version': 'DRAFT' } })
    const names = pairs(backend.seen[0]!.rawHeaders).map(([name]) => name?.toLowerCase())
    expect(names.filter((name) => name === 'accept' || name === 'mcp-protocol-version')).toHaveLength(2)
    expect(backend.seen[0]?.headers).toMatchObject({ accept: 'a/b', 'mcp-protocol-version': 'DRAFT' })
  })

  it('streams a large body of stated length, and one without', async () => {
    const { backend, proxy, headers } = await world((request, response) => {
      request.resume().on('end', () => response.end('ok'))
    })
    const body = 'x'.repeat(300_000)
    await proxy.send('/calculator/mcp', { body, headers })
    await proxy.send('/calculator/mcp', { body, headers: { ...headers, 'Transfer-Encoding': 'chunked' } })
    const [stated, chunked] = backend.seen
    expect(stated?.headers['content-length']).toBe('300000')
    expect(chunked?.headers['transfer-encoding']).toBe('chunked')
    expect(stated?.body === body && chunked?.body === body).toBe(true)
  })
})

describe("the backend's answer", () => {
  it('passes with status, repeated headers and bytes untouched; gzip stays gzip (original-20)', async () => {
    const packed = gzipSync('{"jsonrpc":"2.0"}')
    const { backend, proxy, headers } = await world((_request, response) => {
      response.writeHead(418, [
        ['Content-Type', 'application/json'],
        ['Content-Encoding', 'gzip'],
        ['Content-Length', String(packed.length)],
        ['X-Twice', 'a'],
        ['X-Twice', 'b'],
      ])
      response.end(packed)
    })
    const answer = await proxy.send('/calculator/mcp', { headers: { ...headers, 'Accept-Encoding': 'gzip;q=0.5' } })
    expect(backend.seen[0]?.headers['accept-encoding']).toBe('gzip;q=0.5')
    expect(answer.status).toBe(418)
    expect(answer.body.equals(packed)).toBe(true)
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', 'x-twice': 'a, b' })
    expect(pairs(answer.rawHeaders).filter(([name]) => name?.toLowerCase() === 'x-twice')).toHaveLength(2)
  })

  it('brings no cookie, no challenge and no CORS of its own to the client (original-18)', async () => {
    const { proxy, headers } = await world((_request, response) => {
      response.writeHead(401, {
        'Set-Cookie': 'session=other-user',
        'WWW-Authenticate': 'Bearer resource_metadata="http://10.0.0.7/internal"',
        'Access-Control-Allow-Origin': '*',
        'Clear-Site-Data': '"cookies"',
      })
      response.end()
    })
    const answer = await proxy.send('/calculator/mcp', { headers })
    expect(answer.status).toBe(401)
    const names = Object.keys(answer.headers)
    expect(names).not.toEqual(expect.arrayContaining(['set-cookie']))
    expect(names.filter((name) => /cookie|authenticate|access-control|clear-site/.test(name))).toEqual([])
  })

  it('is not followed when it redirects, and an internal Location is not shown (original-23)', async () => {
    const { backend, proxy, headers } = await world((request, response) => {
      const inside = request.url === '/mcp/slash'
      response.writeHead(307, {
        Location: inside ? `http://${request.headers.host}/mcp/slash/` : 'http://10.0.0.7:3000/admin',
      })
      response.end()
    })
    const internal = await proxy.send('/calculator/mcp', { headers })
    expect([internal.status, internal.headers.location]).toEqual([307, undefined])
    const slash = await proxy.send('/calculator/mcp/slash', { headers })
    expect([slash.status, slash.headers.location]).toEqual([307, 'http://localhost:8080/calculator/mcp/slash/'])
    expect(backend.seen).toHaveLength(2)
  })

  it('is 502 as a JSON-RPC error without an address when the backend refuses, resets or lies (original-23)', async () => {
    const nobody = createServer()
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve))
    const { port } = nobody.address() as AddressInfo
    await new Promise((resolve) => nobody.close(resolve))
    const broken = await startBackend((request) => request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n'))
    const proxy = await startProxy({
      services: [service(`http://127.0.0.1:${port}`), service(broken.origin, { id: 'broken' })],
    })
    for (const id of ['calculator', 'broken']) {
      const headers = { Authorization: `Bearer ${proxy.token({}, id)}` }
      for (const body of [call, 'x'.repeat(300_000)]) {
        const answer = await proxy.send(`/${id}/mcp`, { body, headers })
        expect([id, answer.status]).toEqual([id, 502])
        expect(answer.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32000 } })
        expect(answer.body.toString()).not.toMatch(/127\.0\.0\.1|:\d{4}/)
      }
    }
  })

  it('is 504 when its first byte does not come within the timeout', async () => {
    const backend = await startBackend(() => undefined)
    const proxy = await startProxy({ services: [service(backend.origin, { timeout: 150 })] })
    const answer = await proxy.send('/calculator/mcp', { headers: { Authorization: `Bearer ${proxy.token()}` } })
    expect(answer.status).toBe(504)
    expect(answer.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32001 } })
  })
})

function pairs(raw: readonly string[]): readonly string[][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index]!, raw[2 * index + 1]!])
}
