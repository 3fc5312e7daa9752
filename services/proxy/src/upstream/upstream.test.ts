import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { makeCertificates } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startBackend } from '../test-support/backend.ts'
import { service, startProxy } from '../test-support/proxy.ts'

const entry = (upstream: Record<string, unknown>) => ({
  mcp_services: {
    calculator: { name: 'Calculator', url: 'http://localhost:1', scopes: ['read', 'calculate'], upstream },
  },
})

describe('a backend that wants a credential of the gateway’s', () => {
  it('gets the configured headers, and nothing that the client says under their names', async () => {
    const backend = await startBackend()
    const proxy = await startProxy({
      config: entry({ headers: { Authorization: 'Bearer upstream-key', 'X-Api-Key': 'key' } }),
      services: [service(backend.origin)],
    })
    const headers = { Authorization: `Bearer ${proxy.token()}`, 'x-api-key': 'mine', x_api_key: 'mine' }
    expect((await proxy.send('/calculator/mcp', { headers, body: '{}' })).status).toBe(200)
    const [seen] = backend.seen
    expect(seen?.headers).toMatchObject({ authorization: 'Bearer upstream-key', 'x-api-key': 'key' })
    expect(JSON.stringify(seen)).not.toContain('mine')
  })
})

describe('a backend that wants a token of its own authorization server', () => {
  async function world(answer: RequestListener) {
    const [backend, authorizationServer] = await Promise.all([startBackend(), startBackend(answer)])
    const client_credentials = {
      token_url: `${authorizationServer.origin}/token`,
      client_id: 'gate:way',
      client_secret: 's%cret',
      scopes: ['a', 'b'],
    }
    const proxy = await startProxy({ config: entry({ client_credentials }), services: [service(backend.origin)] })
    const send = () =>
      proxy.send('/calculator/mcp', { headers: { Authorization: `Bearer ${proxy.token()}` }, body: '{}' })
    return { backend, authorizationServer, proxy, send }
  }
  const tokens = () => {
    let issued = 0
    return ((_request, response) => {
      issued++
      response.end(JSON.stringify({ access_token: `up-${issued}`, token_type: 'Bearer', expires_in: 100 }))
    }) satisfies RequestListener
  }

  it('gets one by client credentials, asked for once (RFC 6749 §4.4, §2.3.1)', async () => {
    const { backend, authorizationServer, send } = await world(tokens())
    const answers = await Promise.all([send(), send(), send()])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(backend.seen.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer up-1'))
    expect(authorizationServer.seen).toHaveLength(1)
    expect(authorizationServer.seen[0]).toMatchObject({ body: 'grant_type=client_credentials&scope=a+b' })
    const basic = Buffer.from('gate%3Away:s%25cret').toString('base64')
    expect(authorizationServer.seen[0]?.headers.authorization).toBe(`Basic ${basic}`)
  })

  it('gets the next one ahead of its end, in the background', async () => {
    const { backend, authorizationServer, proxy, send } = await world(tokens())
    await send()
    proxy.deps.clock.advance(80_000)
    await send()
    await expect.poll(() => authorizationServer.seen.length).toBe(2)
    await expect
      .poll(async () => {
        await send()
        return backend.seen.at(-1)?.headers.authorization
      })
      .toBe('Bearer up-2')
  })

  it('is not called without one: 503, and nothing of the reason', async () => {
    const { backend, send } = await world((_request, response) => void response.writeHead(500).end('internal-detail'))
    const answer = await send()
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
    expect(answer.body.toString()).not.toContain('internal-detail')
    expect(backend.seen).toHaveLength(0)
  })
})

describe('a backend with TLS', () => {
  /** Speaks both versions of HTTP, wants a certificate of its caller, and tells what it saw. */
  async function world(upstream: (files: Record<'ca' | 'certificate' | 'key', string>) => Record<string, unknown>) {
    const certificates = await makeCertificates()
    onTestFinished(() => certificates.remove())
    const [ca, certificate, key] = await Promise.all(
      [certificates.authority, certificates.certificate, certificates.key].map((file) => readFile(file, 'utf8')),
    )
    const files = { ca: ca ?? '', certificate: certificate ?? '', key: key ?? '' }
    const server = createSecureServer(
      { cert: files.certificate, key: files.key, ca: files.ca, allowHTTP1: true, requestCert: true },
      (request, response) => {
        const { authorized } = request.socket as TLSSocket
        response.writeHead(200, { 'Content-Type': 'application/json', 'X-Twice': ['a', 'b'] })
        response.end(
          JSON.stringify({
            version: request.httpVersion,
            authorized,
            user: request.headers['x-user-id'],
            url: request.url,
          }),
        )
      },
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const proxy = await startProxy({ config: entry(upstream(files)), services: [service(origin)] })
    return proxy.send('/calculator/mcp?x=1', { headers: { Authorization: `Bearer ${proxy.token()}` }, body: '{}' })
  }

  it('is trusted by a configured authority, and shown a certificate', async () => {
    const answer = await world((tls) => ({ tls, http2: false }))
    expect(answer.json()).toEqual({ version: '1.1', authorized: true, user: 'ada|1', url: '/mcp?x=1' })
  })

  it('is spoken to in HTTP/2 where it offers that', async () => {
    const answer = await world((tls) => ({ tls }))
    expect(answer.json()).toEqual({ version: '2.0', authorized: true, user: 'ada|1', url: '/mcp?x=1' })
    expect(answer.headers['x-twice']).toBe('a, b')
  })

  it('is not called when nobody vouches for it', async () => {
    expect((await world(() => ({}))).status).toBe(502)
  })
})
