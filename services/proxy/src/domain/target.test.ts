import { describe, expect, it } from 'vitest'
import { carriesToken, parseTarget } from './target.ts'

describe('a request target', () => {
  it.each([
    ['/calculator/mcp', { serviceId: 'calculator', subPath: '', query: undefined }],
    ['/calculator/mcp/', { serviceId: 'calculator', subPath: '/', query: undefined }],
    ['/calculator/mcp?', { serviceId: 'calculator', subPath: '', query: '' }],
    ['/calculator/mcp/a/b.c?x=1&x=2', { serviceId: 'calculator', subPath: '/a/b.c', query: 'x=1&x=2' }],
    ['/a.b-c_d/mcp/%C3%A9%20', { serviceId: 'a.b-c_d', subPath: '/%C3%A9%20', query: undefined }],
    ['/x/mcp?u=http://h/../a//b%2f;c=[1]', { serviceId: 'x', subPath: '', query: 'u=http://h/../a//b%2f;c=[1]' }],
    // An id that no service has: 404 is the catalogue's to say.
    ['/oauth/mcp', { serviceId: 'oauth', subPath: '', query: undefined }],
    ['/.../mcp', { serviceId: '...', subPath: '', query: undefined }],
  ])('%s is an MCP call', (url, target) => {
    expect(parseTarget(url)).toEqual(target)
  })

  it.each([
    '/',
    '/services',
    '/services/calculator',
    '/.well-known/oauth-protected-resource/calculator/mcp',
    '/calculator/mcp/.well-known/openid-configuration',
    '/calculator/mcpx',
    '/calculator/MCP',
    '/mcp',
    '/calculator',
    '/calculator/x/mcp',
  ])('%s is none', (url) => {
    expect(parseTarget(url)).toBe('other')
  })

  // Advisory: route normalisation mismatch between policy and proxy. Each is read differently by some server.
  const hostile = [
    '//calculator/mcp',
    '/calculator//mcp',
    '/calculator/mcp//',
    '/calculator/mcp//admin',
    '///calculator/mcp',
    '/./calculator/mcp',
    '/calculator/./mcp',
    '/calculator/mcp/.',
    '/calculator/mcp/./x',
    '/../calculator/mcp',
    '/calculator/../calculator/mcp',
    '/public/mcp/../../calculator/mcp',
    '/calculator/mcp/..',
    '/calculator/mcp/../',
    '/calculator/mcp/../admin',
    '/calculator/mcp/x/../../admin',
    '/public/../calculator/mcp?x=1',
    '/calculator%2Fmcp',
    '/calculator%2fmcp',
    '/calculator/mcp%2f..%2fadmin',
    '/calculator/mcp/%2e%2e/admin',
    '/calculator/mcp/%2E%2E/admin',
    '/calculator/mcp/.%2e/admin',
    '/calculator/mcp/%2e',
    '/%2e/calculator/mcp',
    '/calculator/mcp/..%2fadmin',
    '/calculator/mcp/..%5cadmin',
    '/calculator%5cmcp',
    '/calculator%5Cmcp',
    '/calculator\\mcp',
    '\\calculator\\mcp',
    '/calculator/mcp\\..\\admin',
    '/calculator/mcp/%252e%252e/admin',
    '/calculator/mcp/%252fadmin',
    '/calculator/mcp/%25',
    '/calculator/mcp;x=1',
    '/calculator;a=b/mcp',
    '/calculator/mcp/..;/admin',
    '/calculator/mcp/;/admin',
    '/calculator/mcp/%3b/admin',
    '/calculator/mcp/%00',
    '/calculator/mcp/%0d%0aHost:%20evil',
    '/calculator/mcp/%0A',
    '/calculator/mcp/%09',
    '/calculator/mcp/%7f',
    '/calculator/mcp/%',
    '/calculator/mcp/%2',
    '/calculator/mcp/%zz',
    '/calculator/mcp/%u002e',
    '/calculator/mcp#fragment',
    '/calculator/mcp?x=1#fragment',
    '/calculator/mcp/a b',
    '/calculator/mcp?a b',
    '/calculator/mcp/\u00e9',
    '/calculator/mcp?\u00e9',
    '/calculator/mcp/\u0000',
    '/calculator/mcp/\r\nX: y',
    '/calculator/mcp?\r\nX: y',
    '/calculator/mcp/<script>',
    '/calculator/mcp/"x"',
    '/calculator/mcp/{x}',
    '/calculator/mcp/|x',
    '/calculator/mcp/^x',
    '/calculator/mcp/`x`',
    'calculator/mcp',
    'http://localhost:8080/calculator/mcp',
    'HTTP://evil.example/calculator/mcp',
    'localhost:8080',
    '*',
    '',
    '?/calculator/mcp',
  ]
  it.each(hostile)('%j is refused', (url) => {
    expect(parseTarget(url)).toBe('malformed')
  })

  it('has enough hostile cases', () => {
    expect(new Set(hostile).size).toBeGreaterThan(60)
  })
})

describe('a token in the query (R9)', () => {
  it.each([
    ['access_token=x', true],
    ['a=b&access_token=', true],
    ['access%5Ftoken=x', true],
    ['my_access_token=x', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (query, found) => {
    expect(carriesToken(query)).toBe(found)
  })
})
