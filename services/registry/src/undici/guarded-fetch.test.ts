import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DocumentServer, HOST, startDocumentServer } from '../test-support/document-server.ts'
import { createGuardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'

const limits = { bytesMax: 5 * 1024, timeoutMs: 2_000, jsonOnly: true }
const json = { 'content-type': 'application/json' }

describe('a fetch on behalf of strangers', () => {
  let server: DocumentServer
  const fetching = (options: Partial<GuardedFetchOptions> = {}) =>
    createGuardedFetch({ privateHosts: () => [HOST], ...server.network, ...options })
  const get = (path: string, options: Partial<GuardedFetchOptions> = {}) =>
    fetching(options)(`${server.origin}${path}`, limits)

  beforeAll(async () => {
    server = await startDocumentServer()
  })
  beforeEach(() => {
    server.asked.splice(0)
  })
  afterAll(() => server.stop())

  it('takes JSON over https, and how long it may be remembered (RFC 9111)', async () => {
    server.json('/fresh', { a: 1 }, { 'cache-control': 'public, max-age=600', age: '100' })
    const fetched = await get('/fresh')
    expect(fetched).toMatchObject({ status: 'answered', body: { a: 1 } })
    const lifetimeMs = fetched.status === 'answered' ? fetched.lifetimeMs : Number.NaN
    expect(Math.abs(lifetimeMs - 500_000)).toBeLessThan(5_000)
  })

  it.each([
    [{}, 0],
    [{ 'cache-control': 'no-store' }, 0],
    [{ 'cache-control': 'private, max-age=600' }, 0],
    [{ 'cache-control': 's-maxage=60, max-age=600' }, 60_000],
  ])('reads of the headers %j the lifetime %d', async (headers, expected) => {
    server.json('/lifetime', {}, headers)
    const fetched = await get('/lifetime')
    const lifetimeMs = fetched.status === 'answered' ? fetched.lifetimeMs : Number.NaN
    expect(Math.abs(lifetimeMs - expected)).toBeLessThan(2_000)
  })

  it('asks with nothing that says who asks for whom', async () => {
    let headers: Record<string, unknown> = {}
    server.on('/headers', (response, request) => {
      headers = { ...request.headers }
      response.writeHead(200, json).end('{}')
    })
    await get('/headers')
    expect(Object.keys(headers).toSorted()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent'])
  })

  it.each(['http://client.example/x', 'file:///etc/passwd', 'ftp://client.example/', 'client.example', ''])(
    'asks nobody for %j',
    async (url) => {
      expect(await fetching()(url, limits)).toEqual({ status: 'refused', reason: 'no_https_url' })
    },
  )

  it.each([301, 302, 303, 307, 308])('follows no redirect (%d), to wherever (advisory: SSRF)', async (status) => {
    server.on('/redirect', (response) => response.writeHead(status, { location: `${server.origin}/target` }).end())
    server.json('/target', {})
    expect(await get('/redirect')).toEqual({ status: 'refused', reason: `status_${status}` })
    expect(server.asked).toEqual(['/redirect'])
  })

  it.each([
    [201, 'refused'],
    [204, 'refused'],
    [401, 'unreachable'],
    [403, 'unreachable'],
    [404, 'refused'],
    [410, 'refused'],
    [408, 'unreachable'],
    [429, 'unreachable'],
    [500, 'unreachable'],
    [503, 'unreachable'],
  ])('takes the status %d for %s', async (status, expected) => {
    server.on('/status', (response) => response.writeHead(status, json).end())
    expect(await get('/status')).toEqual({ status: expected, reason: `status_${status}` })
  })

  it('reads 5 KB and no more, whether or not the length is told', async () => {
    const body = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2))
    server.json('/exact', 'x'.repeat(5 * 1024 - 2))
    server.on('/told', (response) =>
      response.writeHead(200, { ...json, 'content-length': '999999' }).end(body(5 * 1024 + 1)),
    )
    server.on('/untold', (response) => {
      response.writeHead(200, json)
      for (let sent = 0; sent < 100; sent++) response.write('x'.repeat(1_024))
      response.end()
    })
    expect(await get('/exact')).toMatchObject({ status: 'answered' })
    expect(await get('/told')).toEqual({ status: 'refused', reason: 'too_large' })
    expect(await get('/untold')).toEqual({ status: 'refused', reason: 'too_large' })
  })

  it('unpacks nothing: a small answer cannot become a large one', async () => {
    server.on('/gzip', (response) =>
      response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify('x'.repeat(9_999)))),
    )
    expect(await get('/gzip')).toEqual({ status: 'refused', reason: 'encoded' })
  })

  it.each(['text/html', 'text/plain', 'application/jsonx', 'image/png; application/json', ''])(
    'takes no %j for a document: it may be a file that somebody uploaded',
    async (type) => {
      server.on('/type', (response) => response.writeHead(200, { 'content-type': type }).end('{}'))
      expect(await get('/type')).toEqual({ status: 'refused', reason: 'content_type' })
    },
  )

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/oauth-client+json'])(
    'takes %j',
    async (type) => {
      server.on('/type', (response) => response.writeHead(200, { 'content-type': type }).end('{}'))
      expect(await get('/type')).toMatchObject({ status: 'answered', body: {} })
    },
  )

  it.each([Buffer.from('{"a":'), Buffer.from('<html>'), Buffer.from([0x22, 0xff, 0xfe, 0x22]), Buffer.alloc(0)])(
    'takes %s for no JSON',
    async (bytes) => {
      server.on('/broken', (response) => response.writeHead(200, json).end(bytes))
      expect(await get('/broken')).toEqual({ status: 'refused', reason: 'no_json' })
    },
  )

  it.each(['before the answer', 'in the middle of it'])('waits no longer than it may, %s', async (when) => {
    server.on('/slow', (response) => {
      if (when !== 'before the answer') response.writeHead(200, json).write('{')
    })
    const started = performance.now()
    expect(await fetching()(`${server.origin}/slow`, { ...limits, timeoutMs: 200 })).toEqual({
      status: 'unreachable',
      reason: 'timeout',
    })
    expect(performance.now() - started).toBeLessThan(1_500)
  })

  it('waits no longer than it may for a name server', async () => {
    const resolve = () => new Promise<never>(() => {})
    expect(await fetching({ resolve })(`${server.origin}/dns`, { ...limits, timeoutMs: 100 })).toEqual({
      status: 'unreachable',
      reason: 'timeout',
    })
  })

  it('connects to no address that is not public (pain-19)', async () => {
    server.json('/inside', { secret: true })
    expect(await get('/inside', { privateHosts: () => [] })).toEqual({
      status: 'refused',
      reason: 'address_not_public',
    })
    expect(server.asked).toEqual([])
  })

  it('connects to none of several addresses when one of them is not public', async () => {
    const resolve = async () => ['8.8.8.8', '127.0.0.1']
    expect(await get('/inside', { privateHosts: () => [], resolve })).toEqual({
      status: 'refused',
      reason: 'address_not_public',
    })
  })

  it('asks for the address once, and connects to what was checked (advisory: SSRF, rebinding)', async () => {
    // Public by its range, and assigned to nobody.
    const answers = [['2d00::1'], ['127.0.0.1']]
    let asked = 0
    const resolve = async () => answers[asked++] ?? []
    server.json('/rebound', {})
    expect(await get('/rebound', { privateHosts: () => [], resolve })).toMatchObject({ status: 'unreachable' })
    expect([asked, server.asked]).toEqual([1, []])
  })

  it('judges each fetch anew: a name that was public once is refused when it is private now', async () => {
    const fetch = fetching({ privateHosts: () => [], resolve: async () => ['127.0.0.1'] })
    for (let attempt = 0; attempt < 2; attempt++)
      expect(await fetch(`${server.origin}/again`, limits)).toMatchObject({ reason: 'address_not_public' })
    expect(server.asked).toEqual([])
  })

  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '2130706433', '0x7f.1', '0'])(
    'connects to no address that stands in the URL itself: %s',
    async (host) => {
      const url = `https://${host}:${new URL(server.origin).port}/x`
      expect(await fetching({ privateHosts: () => [] })(url, limits)).toEqual({
        status: 'refused',
        reason: 'address_not_public',
      })
    },
  )

  it('tries the next address when one does not answer', async () => {
    server.json('/second', { a: 1 })
    expect(await get('/second', { resolve: async () => ['127.0.0.2', '127.0.0.1'] })).toMatchObject({
      status: 'answered',
    })
  })

  it('believes no certificate of another name, nor of an unknown authority', async () => {
    server.json('/tls', {})
    const { port } = new URL(server.origin)
    const other = await fetching({ privateHosts: () => ['other.example'] })(`https://other.example:${port}/tls`, limits)
    expect(other).toEqual({ status: 'unreachable', reason: 'err_tls_cert_altname_invalid' })
    expect(await get('/tls', { ca: undefined })).toMatchObject({ status: 'unreachable' })
    expect(server.asked).toEqual([])
  })
})
