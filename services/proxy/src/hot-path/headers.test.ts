import { describe, expect, it } from 'vitest'
import { servedService } from '../domain/served-service.ts'
import { service } from '../test-support/proxy.ts'
import { readRequestHeaders } from './request-headers.ts'
import { publicLocation, responseHeaders } from './response-headers.ts'

describe("the client's headers", () => {
  it.each([
    'X-User-Id',
    'x-user-email',
    'X-USER-ANYTHING',
    'x_user_id',
    'X_User-Id',
    'X-Gateway-Assertion',
    'x_gateway_assertion',
    'Cookie',
    'Proxy-Authorization',
    'Proxy_Authorization',
    'DPoP',
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Prefix',
    'X-Real-IP',
    'Host',
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Expect',
  ])('lose %s (original-12, pain-12, RFC 9110 §7.6.1)', (name) => {
    expect(readRequestHeaders([name, 'spoofed', 'Accept', '*/*'], undefined).forward).toEqual(['Accept', '*/*'])
  })

  it('keep the rest as sent, in order, repeats included', () => {
    const raw = ['mcp-PARAM-x', '1', 'X-A', 'a', 'X-A', 'b', 'Origin', 'http://localhost', 'X-Username', 'kept']
    expect(readRequestHeaders(raw, 'keep-alive').forward).toEqual(raw)
  })

  it('lose what Connection names', () => {
    expect(readRequestHeaders(['X-Hop', '1', 'X-End', '2'], 'close, X-Hop').forward).toEqual(['X-End', '2'])
  })

  it('are counted where two would be two identities', () => {
    const raw = ['Authorization', 'Bearer a', 'authorization', 'Bearer b', 'Host', 'a']
    expect(readRequestHeaders(raw, undefined)).toEqual({ sessions: [], forward: [], authorizations: 2, hosts: 1 })
  })
})

describe("the backend's headers", () => {
  const served = servedService('https://g.example', service('http://10.0.0.7:3000'))

  it('keep repeats, and lose what ends here', () => {
    const headers = {
      connection: 'keep-alive, x-hop',
      'x-hop': '1',
      'keep-alive': 'timeout=5',
      'transfer-encoding': 'chunked',
      'x-twice': ['a', 'b'],
      link: '<x>',
    }
    expect(responseHeaders(headers, served, '/mcp')).toEqual(['x-twice', 'a', 'x-twice', 'b', 'link', '<x>'])
  })

  it.each([
    ['/mcp/', 'https://g.example/calculator/mcp/'],
    ['http://10.0.0.7:3000/mcp/x?a=1', 'https://g.example/calculator/mcp/x?a=1'],
    ['x', undefined],
    ['/mcpx', undefined],
    ['/', undefined],
    ['http://10.0.0.7:3001/mcp', undefined],
    ['https://elsewhere.example/mcp', undefined],
    ['//elsewhere.example/mcp', undefined],
    ['/mcp/../admin', undefined],
    ['http://[', undefined],
  ])('show Location %s as %s (original-23)', (location, shown) => {
    expect(publicLocation(location, served, '/mcp')).toBe(shown)
  })

  it("do not show the query of the operator's own address", () => {
    const keyed = servedService('https://g.example', service('', { url: 'http://10.0.0.7/mcp?key=secret' }))
    expect(publicLocation('/mcp/?key=secret', keyed, '/mcp')).toBeUndefined()
    expect(publicLocation('/mcp/', keyed, '/mcp')).toBe('https://g.example/calculator/mcp/')
  })
})
