import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { type ProxyOptions, service, startProxy } from './test-support/proxy.ts'
import { createSigner } from './test-support/tokens.ts'

const internal = 'http://10.0.0.7:3000'
const open = service(internal, { id: 'open', name: 'Open', auth_required: false, scopes: [] })
const start = (services = [service(internal), open], config: ProxyOptions['config'] = {}) =>
  startProxy({ services, config })

describe('GET /', () => {
  it('says what this is', async () => {
    const proxy = await start()
    expect((await proxy.send('/')).json()).toEqual({
      name: 'MCP OAuth Gateway',
      version: '0.0.0-test',
      issuer: 'http://localhost:8080',
      services: 2,
    })
  })
})

describe('GET /services', () => {
  const calculator = {
    name: 'Calculator',
    url: 'http://localhost:8080/calculator/mcp',
    auth_required: true,
    scopes: ['read', 'calculate'],
  }

  it('lists the services by their public addresses', async () => {
    const proxy = await start()
    const answer = await proxy.send('/services')
    expect(answer.json()).toEqual({
      services: {
        calculator,
        open: { name: 'Open', url: 'http://localhost:8080/open/mcp', auth_required: false, scopes: [] },
      },
    })
    expect(answer.body.toString()).not.toContain('10.0.0.7')
  })

  it('shows one of them; an unknown one is 404', async () => {
    const proxy = await start()
    expect((await proxy.send('/services/calculator')).json()).toEqual({
      id: 'calculator',
      ...calculator,
      oauth_provider: 'custom',
    })
    const unknown = await proxy.send('/services/nope')
    expect([unknown.status, unknown.json().error]).toEqual([404, 'not_found'])
  })

  it('follows the catalogue as it changes', async () => {
    const proxy = await start()
    await proxy.remove('open')
    await proxy.list(service(internal, { name: 'Renamed' }))
    expect((await proxy.send('/services')).json()).toEqual({
      services: { calculator: { ...calculator, name: 'Renamed' } },
    })
    expect((await proxy.send('/open/mcp')).status).toBe(404)
  })
})

describe('the metadata of a protected resource (RFC 9728)', () => {
  const root = '/.well-known/oauth-protected-resource'
  const document = {
    resource: 'http://localhost:8080/calculator/mcp',
    authorization_servers: ['http://localhost:8080'],
    scopes_supported: ['read', 'calculate'],
    bearer_methods_supported: ['header'],
    resource_name: 'Calculator',
  }

  it.each([`${root}/calculator/mcp`, `${root}?service_id=calculator`, root])(
    'stands at %s when only one is protected, for any origin (R1, R2, original-15, pain-7)',
    async (path) => {
      const proxy = await start()
      const answer = await proxy.send(path, { headers: { Origin: 'https://anything.example' } })
      expect([answer.status, answer.json()]).toEqual([200, document])
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'content-type': /json/ })
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
      expect((await proxy.send(path, { method: 'HEAD' })).status).toBe(200)
    },
  )

  it('is named, not guessed, at the root form when several are protected', async () => {
    const proxy = await start([service(internal), service(internal, { id: 'second' })])
    const answer = await proxy.send(root)
    expect(answer.status).toBe(404)
    expect(answer.json().documents).toEqual(
      ['calculator', 'second'].map((id) => `http://localhost:8080${root}/${id}/mcp`),
    )
  })

  it.each([
    `${root}/nope/mcp`,
    `${root}?service_id=nope`,
    `${root}/open/mcp`,
    `${root}?service_id=open`,
    `${root}/calculator`,
  ])('is 404 JSON at %s: no such document', async (path) => {
    const answer = await (await start()).send(path)
    expect([answer.status, answer.json().error]).toEqual([404, 'not_found'])
  })

  it('answers a preflight', async () => {
    const answer = await (await start()).send(`${root}/calculator/mcp`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://anything.example', 'Access-Control-Request-Method': 'GET' },
    })
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([204, '*'])
  })
})

describe('an address that is none', () => {
  it.each(['/nope', '/calculator', '/.well-known/nope', '/calculator/mcp/.well-known/openid-configuration'])(
    '%s is 404 JSON',
    async (path) => {
      const answer = await (await start()).send(path)
      expect([answer.status, answer.json().error]).toEqual([404, 'not_found'])
    },
  )

  it('with two readings is 400 and reaches no backend (advisory: route normalisation)', async () => {
    const backend = await startBackend()
    const proxy = await startProxy({ services: [service(backend.origin, { auth_required: false })] })
    for (const path of ['//calculator/mcp', '/calculator/mcp/../x', '/calculator%2fmcp', '/calculator/mcp;x']) {
      expect((await proxy.send(path)).status).toBe(400)
    }
    expect(backend.seen).toHaveLength(0)
  })
})

describe('methods, hosts and framing', () => {
  it('TRACE is 405 with Allow', async () => {
    const answer = await (await start()).send('/calculator/mcp', { method: 'TRACE' })
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS'])
  })

  it('a foreign Host is refused before anything else (DNS rebinding)', async () => {
    const backend = await startBackend()
    const proxy = await startProxy({ services: [service(backend.origin, { auth_required: false })] })
    for (const Host of ['evil.example', 'evil.example:8080', 'localhost.evil.example']) {
      expect((await proxy.send('/calculator/mcp', { headers: { Host } })).status).toBe(421)
      expect((await proxy.send('/services', { headers: { Host } })).status).toBe(421)
    }
    expect((await proxy.send('/calculator/mcp', { headers: { Host: 'LOCALHOST:1' } })).status).toBe(200)
    expect(backend.seen).toHaveLength(1)
  })

  const head = 'POST /calculator/mcp HTTP/1.1\r\nHost: localhost\r\n'
  it.each([
    ['Content-Length and Transfer-Encoding', `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`],
    ['a length in hex', `${head}Content-Length: 0x4\r\n\r\nabcd`],
    ['chunked twice', `${head}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`],
    ['another coding last', `${head}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ['a folded header', `${head}X-A: 1\r\n folded: 2\r\n\r\n`],
    ['a bare LF', `${head}X-A: 1\nX-B: 2\r\n\r\n`],
    ['a space before the colon', `${head}X-User-Id : 1\r\n\r\n`],
    ['no Host', 'GET /calculator/mcp HTTP/1.1\r\n\r\n'],
    ['two Hosts', `${head}Host: evil.example\r\n\r\n`],
  ])('a request with %s reaches no backend as a second one', async (_what, bytes) => {
    const backend = await startBackend()
    const proxy = await startProxy({ services: [service(backend.origin, { auth_required: false })] })
    const answer = await raw(proxy.port, bytes)
    expect(answer.match(/HTTP\/1\.1 \d{3}/g)?.[0]).toMatch(/ 400$/)
    expect(backend.seen).toHaveLength(0)
  })
})

describe('the Origin of a request (T1, original-24, pain-17)', () => {
  const foreign = { Origin: 'http://localhost.evil.example' }
  const preflight = {
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'authorization,mcp-name',
  }

  it.each(['/calculator/mcp', '/services', '/services/calculator'])('is judged on %s', async (path) => {
    const proxy = await start()
    const refused = await proxy.send(path, { headers: foreign })
    expect([refused.status, refused.json().error]).toEqual([403, 'origin_not_allowed'])
    expect(refused.headers['access-control-allow-origin']).toBeUndefined()
    const allowed = await proxy.send(path, { headers: { Origin: 'http://localhost:6274' } })
    expect(allowed.headers).toMatchObject({ 'access-control-allow-origin': 'http://localhost:6274', vary: /Origin/ })
  })

  it('lets a browser read the challenge and the session of an allowed one', async () => {
    const backend = await startBackend()
    const proxy = await startProxy({ services: [service(backend.origin)] })
    const Origin = 'http://localhost:6274'
    const challenged = await proxy.send('/calculator/mcp', { headers: { Origin } })
    expect([challenged.status, challenged.headers['access-control-expose-headers']]).toEqual([
      401,
      'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version',
    ])
    const answered = await proxy.send('/calculator/mcp', {
      headers: { Origin, Authorization: `Bearer ${proxy.token()}` },
    })
    expect([answered.status, answered.headers['access-control-allow-origin']]).toEqual([200, Origin])
  })

  it.each(['/calculator/mcp', '/services'])('is preflighted on %s before authorization', async (path) => {
    const proxy = await start()
    const answer = await proxy.send(path, {
      method: 'OPTIONS',
      headers: { Origin: 'http://localhost:1', ...preflight },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers['access-control-allow-methods']).toContain('DELETE')
    expect(answer.headers['access-control-allow-headers']).toMatch(/Authorization.*mcp-name/i)
    expect((await proxy.send(path, { method: 'OPTIONS', headers: { ...foreign, ...preflight } })).status).toBe(403)
  })
})

describe('readiness', () => {
  it('names the projections', async () => {
    const { deps } = await start()
    const { createApp } = await import('./index.ts')
    const app = await createApp(deps)
    expect(app.checks().map(({ name, ok }) => [name, ok])).toEqual([
      ['catalogue', false],
      ['keys', false],
      ['revocations', false],
    ])
    await app.start()
    expect(app.checks().every(({ ok }) => ok)).toBe(true)
    await app.stop()
  })
})

describe('facts that cannot be read', () => {
  it('are skipped, and what was known before stands', async () => {
    const proxy = await start()
    await proxy.putKeys({ ...createSigner('assertion-key').ring, ring: 'assertion' })
    await proxy.deps.bus.publish('evt.registry.service.garbage', 'g1', { no: 'commit' })
    await proxy.deps.bus.publish('evt.token-issuer.revocation.token', 'g2', 'garbage')
    await proxy.list(service('no url', { id: 'broken', url: 'no url' }))
    expect((await proxy.send('/')).json().services).toBe(2)
  })
})

function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (data) => {
      answer += data.toString()
      socket.end()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', () => undefined)
  })
}
