import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchRedirectUri, PRIVATE_USE_SCHEMES, redirectUriProblem } from './redirect-uri.ts'

/** What real clients register, from their own registration requests. */
const REAL_CLIENTS = [
  'https://claude.ai/api/mcp/auth_callback',
  'https://chatgpt.com/connector/oauth/abc123',
  'https://insiders.vscode.dev/redirect',
  'http://127.0.0.1/',
  'http://127.0.0.1:33418/',
  'http://localhost/callback',
  'http://localhost:8787/callback',
  'http://[::1]:6276/oauth/callback',
  'cursor://anysphere.cursor-mcp/oauth/callback',
  'vscode-insiders://vscode.github-authentication/did-authenticate?x=1',
  'com.example.app:/oauth2redirect',
]

describe('a redirect URI', () => {
  it.each(REAL_CLIENTS)('of a native client may be %s', (uri) => {
    expect(redirectUriProblem(uri, 'native')).toBeUndefined()
  })

  it('of a web client is https (OpenID Connect Registration §2)', () => {
    expect(redirectUriProblem('https://app.example/cb', 'web')).toBeUndefined()
    expect(redirectUriProblem('http://localhost:3000/cb', 'web')).toMatch(/loopback/)
    expect(redirectUriProblem('cursor://anysphere.cursor-mcp/cb', 'web')).toMatch(/private-use/)
  })

  it.each([
    ['http://app.example/cb', 'http beyond loopback (RFC 8252 §7.3)'],
    ['http://localhost.evil.example/cb', 'a host that begins like loopback (original-24)'],
    ['http://127.0.0.1.evil.example/cb', 'a host that begins like loopback'],
    ['http://2130706433/cb', 'loopback as a number'],
    ['https://2130706433/cb', 'an address as a number'],
    ['https://[0:0::1]/cb', 'an address in a longer form'],
    ['http://0x7f.1/cb', 'loopback in hexadecimal'],
    ['http://127.0.0.2/cb', 'another loopback address'],
    ['http://[::ffff:127.0.0.1]/cb', 'an IPv4-mapped address'],
    ['http://localhost./cb', 'a host with a trailing dot'],
    ['http://localhost:0/cb', 'port 0'],
    ['http://localhost:65536/cb', 'a port out of range'],
    ['http://localhost:/cb', 'an empty port'],
    ['http://localhost@evil.example/cb', 'userinfo'],
    ['https://user:pass@app.example/cb', 'userinfo'],
    ['https://app.example@evil.example/cb', 'userinfo'],
    ['cursor://user@host/cb', 'userinfo in a private-use URI'],
    ['https://app.example/cb#', 'a fragment (RFC 6749 §3.1.2)'],
    ['https://app.example/cb#x', 'a fragment (RFC 6749 §3.1.2)'],
    ['https://*.example/cb', 'a wildcard'],
    ['https://app.example/*', 'a wildcard'],
    ['https:app.example/cb', 'no authority'],
    ['https:///app.example/cb', 'an empty host'],
    ['https://', 'an empty host'],
    ['//app.example/cb', 'no scheme'],
    ['/cb', 'a path'],
    ['', 'nothing'],
    ['https://app.example\\@evil.example/cb', 'a backslash'],
    ['https://app%2eexample/cb', 'an encoded host'],
    ['https://app.example/%zz', 'a broken escape'],
    ['https://app.example/c b', 'a space'],
    ['https://app.example/cb\r\nLocation: x', 'a line break'],
    ['https://аpp.example/cb', 'a letter that looks like another'],
    ['ftp://app.example/cb', 'a scheme that is not allowed'],
    ['myapp://callback', 'a private-use scheme without a dot (RFC 8252 §7.1)'],
    ['x-apple.systempreferences:com.apple', "the system's own scheme"],
    ['ms-settings:', 'nothing after the scheme'],
    ['com.example.app:', 'nothing after the scheme'],
    [`https://app.example/${'a'.repeat(1024)}`, 'more than 1024 characters'],
  ])('is never %s: %s', (uri) => {
    expect(redirectUriProblem(uri, 'native')).toBeTypeOf('string')
    expect(redirectUriProblem(uri, 'web')).toBeTypeOf('string')
  })
})

/** Text that a lenient reader turns into `scheme:`: any casing, with bytes that browsers strip. */
const disguised = (scheme: string) =>
  fc
    .tuple(
      fc.string({ unit: fc.constantFrom('\0', '\t', '\n', '\r', ' ', '\u00a0', '\u200b'), maxLength: 3 }),
      fc.array(fc.tuple(fc.boolean(), fc.constantFrom('', '', '', '\t', '\n', '\0')), {
        minLength: scheme.length,
        maxLength: scheme.length,
      }),
      fc.string({ maxLength: 30 }),
    )
    .map(
      ([before, casing, after]) =>
        `${before}${casing.map(([upper, byte], i) => `${upper ? scheme[i]!.toUpperCase() : scheme[i]}${byte}`).join('')}:${after}`,
    )

describe('a dangerous scheme', () => {
  it.each(['javascript', 'data', 'file', 'vbscript', 'blob', 'about', 'view-source', 'ms-msdt'])(
    'such as %s is impossible in any casing or disguise (advisory: redirect scheme blacklist)',
    (scheme) => {
      expect(PRIVATE_USE_SCHEMES.has(scheme)).toBe(false)
      fc.assert(
        fc.property(disguised(scheme), (uri) => {
          expect(redirectUriProblem(uri, 'native')).toBeTypeOf('string')
          expect(matchRedirectUri(['https://app.example/cb', 'http://localhost/cb'], uri)).toBe(false)
        }),
      )
    },
  )

  it('is impossible whatever the text: what is allowed parses to the scheme and host that it shows', () => {
    const unit = fc.nat({ max: 0x2ff }).map((code) => String.fromCharCode(code))
    const starts = fc.constantFrom('', 'http://', 'https://', 'HTTPS:', 'cursor:', 'com.example:', ...REAL_CLIENTS)
    fc.assert(
      fc.property(starts, fc.string({ unit, maxLength: 12 }), fc.string({ maxLength: 5 }), (start, middle, tail) => {
        const uri = start + middle + tail
        expect(redirectUriProblem(uri, 'native') !== undefined || isWhatItLooksLike(uri)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

function isWhatItLooksLike(uri: string): boolean {
  const url = new URL(uri)
  if (!uri.toLowerCase().startsWith(url.protocol) || url.username + url.password + url.hash !== '') return false
  if (url.protocol === 'http:') return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol !== 'https:' || uri.toLowerCase().startsWith(`https://${url.hostname}`)
}

describe('matching a requested redirect URI', () => {
  const ports = fc.integer({ min: 1, max: 65_535 })
  const hosts = fc.constantFrom('localhost', '127.0.0.1', '[::1]')
  const paths = fc.constantFrom('', '/', '/callback', '/cb?x=1')

  it('ignores the port of http loopback hosts on both sides (RFC 8252 §7.3, pain-8)', () => {
    fc.assert(
      fc.property(hosts, paths, ports, ports, (host, path, registered, requested) => {
        expect(matchRedirectUri([`http://${host}:${registered}${path}`], `http://${host}:${requested}${path}`)).toBe(
          true,
        )
        expect(matchRedirectUri([`http://${host}${path}`], `http://${host}:${requested}${path}`)).toBe(true)
      }),
    )
  })

  it('keeps host form and path exact', () => {
    fc.assert(
      fc.property(hosts, hosts, paths, paths, ports, (host, otherHost, path, otherPath, port) => {
        const matches = matchRedirectUri([`http://${host}${path}`], `http://${otherHost}:${port}${otherPath}`)
        expect(matches).toBe(host === otherHost && path === otherPath)
      }),
    )
  })

  it('compares everything else character by character (RFC 9700 §2.1, A10)', () => {
    const registered = ['https://app.example/cb', 'cursor://anysphere.cursor-mcp/oauth/callback']
    const near = [
      'https://app.example:443/cb',
      'https://app.example:8443/cb',
      'https://APP.example/cb',
      'https://app.example/cb/',
      'https://app.example/cb?x=1',
      'https://app.example/cb/../cb',
      'https://app.example/CB',
      'http://app.example/cb',
      'cursor://anysphere.cursor-mcp:1/oauth/callback',
    ]
    const matching = [...registered, ...near].filter((uri) => matchRedirectUri(registered, uri))
    expect(matching).toEqual(registered)
  })

  it.each(['0', '65536', '99999', '1e3', ''])('refuses the loopback port %j', (port) => {
    expect(matchRedirectUri(['http://localhost/cb'], `http://localhost:${port}/cb`)).toBe(false)
  })

  it('gives https loopback no free port', () => {
    expect(matchRedirectUri(['https://localhost/cb'], 'https://localhost:3000/cb')).toBe(false)
  })

  it.each(['http://localhost:1@evil.example/cb', 'http://localhost:1.evil.example/cb', 'http://localhost:1\n/cb'])(
    'is not fooled by %j',
    (uri) => {
      expect(matchRedirectUri(['http://localhost/cb', 'http://localhost'], uri)).toBe(false)
    },
  )
})
