import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createEdge, routeOf } from './edge.ts'

describe('the route table of the edge', () => {
  it.each([
    '/oauth/authorize',
    '/oauth/register/abc',
    '/account',
    '/account/sessions',
    '/schemas/audit/mcp.request/v1.json',
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/calculator/mcp',
    '/.well-known/openid-configuration',
    '/.well-known/jwks.json',
    '/calculator/mcp/.well-known/oauth-authorization-server',
    '/calculator/mcp/.well-known/openid-configuration',
  ])('%s is the auth-server’s', (path) => expect(routeOf(path)).toBe('auth-server'))

  it.each([
    '/',
    '/calculator/mcp',
    '/calculator/mcp/sub/path',
    '/services',
    '/services/calculator',
    '/health',
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/calculator/mcp',
    '/oauth',
    '/accounts',
    '/oauthx/mcp',
    '/a/b/mcp/.well-known/x',
    '/calculator/mcp/x/.well-known/y',
    '//oauth/token',
    '/%6fauth/token',
    '',
  ])('%s is the proxy’s', (path) => expect(routeOf(path)).toBe('proxy'))

  it('routes by the path alone: neither query nor an absolute-form target (RFC 9112 §3.2.2) changes it', async () => {
    const edge = createEdge({
      'auth-server': (_request, response) => response.end('auth-server'),
      proxy: (_request, response) => response.end('proxy'),
    })
    const server = createServer((request, response) => {
      request.url = request.headers['x-target'] as string
      edge(request, response)
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const ask = async (target: string) =>
      (await fetch(`http://127.0.0.1:${port}`, { headers: { 'x-target': target } })).text()
    expect(await ask('/oauth/token?x=/calculator/mcp')).toBe('auth-server')
    expect(await ask('/calculator/mcp?x=/oauth/token')).toBe('proxy')
    expect(await ask('http://localhost:8080/oauth/token')).toBe('auth-server')
    expect(await ask('http://localhost:8080')).toBe('proxy')
    server.close()
  })
})
