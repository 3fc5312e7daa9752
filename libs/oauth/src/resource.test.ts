import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalResource, resourceOf, serviceIdOf } from './resource.ts'

const ISSUER = 'https://gateway.example.com'

describe('a resource', () => {
  it('is the URL that a user pastes, without trailing slash (R10)', () => {
    expect(resourceOf(ISSUER, 'calculator')).toBe('https://gateway.example.com/calculator/mcp')
  })

  it.each(['calculator', 'a.b_c-D', 'mcp'])('names its service: %s', (id) => {
    expect(serviceIdOf(resourceOf(ISSUER, id))).toBe(id)
    expect(serviceIdOf(resourceOf('http://localhost:8080', id))).toBe(id)
  })

  it.each([`${ISSUER}/mcp`, `${ISSUER}/a/b/mcp`, `${ISSUER}/a/mcp/`, `${ISSUER}//mcp`, 'a/mcp'])(
    '%s names none',
    (resource) => {
      expect(serviceIdOf(resource)).toBeUndefined()
    },
  )

  it.each([
    ['HTTPS://Gateway.Example.COM/calculator/mcp', 'scheme and host in upper case (R10)'],
    ['https://gateway.example.com:443/calculator/mcp', 'the default port'],
    ['https://gateway.example.com/calculator/mcp/', 'one trailing slash'],
  ])('is the same as %s: %s (pain-6)', (uri) => {
    expect(canonicalResource(uri)).toBe(resourceOf(ISSUER, 'calculator'))
  })

  it.each([
    'http://gateway.example.com/calculator/mcp',
    'https://gateway.example.com:8443/calculator/mcp',
    'https://gateway.example.com/calculator',
    'https://gateway.example.com/calculator/mcp/sub',
    'https://gateway.example.com/calculator/mcp//',
    'https://gateway.example.com/calculator/mcp2',
    'https://gateway.example.com/Calculator/mcp',
    'https://gateway.example.com/evil/../calculator/mcp',
    'https://gateway.example.com/calculator/%6dcp',
    'https://gateway.example.com/calculator/mcp?x=1',
    'https://gateway.example.com.evil.example/calculator/mcp',
    'https://gateway.example.com./calculator/mcp',
  ])('is another one than %s (advisory: token for another resource)', (uri) => {
    expect(canonicalResource(uri)).not.toBe(resourceOf(ISSUER, 'calculator'))
  })

  it.each([
    ['https://gateway.example.com/calculator/mcp#', 'a fragment (RFC 8707 §2)'],
    ['https://gateway.example.com/calculator/mcp#x', 'a fragment (RFC 8707 §2)'],
    ['/calculator/mcp', 'relative (RFC 8707 §2)'],
    ['gateway.example.com/calculator/mcp', 'no scheme'],
    ['urn:example:calculator', 'no http(s) URI'],
    ['https://user@gateway.example.com/calculator/mcp', 'userinfo'],
    ['https:gateway.example.com/calculator/mcp', 'no authority'],
    ['https:\\\\gateway.example.com\\calculator\\mcp', 'backslashes'],
    ['https://gateway.example.com:99999/', 'a port out of range'],
    [' https://gateway.example.com/calculator/mcp', 'a space'],
    ['https://gateway.example.com/calculator/mcp\n', 'a line break'],
    ['', 'nothing'],
  ])('is not %j: %s', (uri) => {
    expect(canonicalResource(uri)).toBeUndefined()
  })

  it('has one canonical form, whatever way it is written', () => {
    const casing = (text: string) =>
      fc
        .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
        .map((upper) => Array.from(text, (c, i) => (upper[i] ? c.toUpperCase() : c)).join(''))
    const segments = fc.stringMatching(/^[A-Za-z0-9._-]{1,8}$/)
    fc.assert(
      fc.property(
        casing('https'),
        casing('a.example'),
        fc.constantFrom('', ':443'),
        fc.array(segments),
        fc.constantFrom('', '/'),
        (scheme, host, port, path, slash) => {
          const tail = path.map((segment) => `/${segment}`).join('')
          expect(canonicalResource(`${scheme}://${host}${port}${tail}${slash}`)).toBe(`https://a.example${tail}`)
        },
      ),
    )
  })

  it('is canonical after one step', () => {
    fc.assert(
      fc.property(
        fc
          .tuple(fc.constantFrom('https://h', 'HTTP://H:80', 'https://[::1]:443', ''), fc.string())
          .map((parts) => parts.join('/')),
        (uri) => {
          const once = canonicalResource(uri)
          expect(once === undefined ? undefined : canonicalResource(once)).toBe(once)
        },
      ),
    )
  })
})
