import { describe, expect, it } from 'vitest'
import { fakeClock } from '../deps.ts'
import { CookieJar } from './cookie-jar.ts'

const https = new URL('https://gateway.example.com/oauth/consent')
const http = new URL('http://localhost:8080/oauth/consent')

function jar(url: URL, ...lines: string[]): CookieJar {
  const cookies = new CookieJar(fakeClock())
  cookies.accept(url, lines)
  return cookies
}

describe('a cookie jar', () => {
  it('keeps a __Host- cookie that is Secure, for the whole site and without Domain (RFC 6265bis §4.1.3.2)', () => {
    expect(jar(https, '__Host-a=1; Secure; Path=/; HttpOnly').header(https)).toBe('__Host-a=1')
  })

  it.each(['__Host-a=1; Path=/', '__Host-a=1; Secure; Path=/oauth', '__Host-a=1; Secure; Path=/; Domain=example.com'])(
    'refuses %s',
    (line) => {
      const cookies = jar(https, line)
      expect([cookies.header(https), cookies.refused.length]).toEqual(['', 1])
    },
  )

  it('refuses Secure on plain http, loopback included, as Safari does', () => {
    expect(jar(http, 'a=1; Secure; Path=/').header(http)).toBe('')
  })

  it('shares cookies between the ports of a host, and with no other host', () => {
    const cookies = jar(http, 'a=1; Path=/')
    expect(cookies.header(new URL('http://localhost:8081/'))).toBe('a=1')
    expect(cookies.header(new URL('http://127.0.0.1:8080/'))).toBe('')
  })

  it('sends a cookie below its path only, default: the folder of the page (RFC 6265 §5.1.4)', () => {
    const cookies = jar(https, 'a=1', 'b=2; Path=/account')
    expect(cookies.header(new URL('/oauth/token', https))).toBe('a=1')
    expect(cookies.header(new URL('/account/x', https))).toBe('b=2')
    expect(cookies.header(new URL('/accounts', https))).toBe('')
  })

  it('replaces, expires and deletes (RFC 6265 §5.3)', () => {
    const clock = fakeClock()
    const cookies = new CookieJar(clock)
    cookies.accept(https, ['a=1; Path=/', 'b=1; Path=/; Max-Age=60', 'c=1; Path=/'])
    cookies.accept(https, ['a=2; Path=/', 'c=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])
    expect(cookies.header(https)).toBe('a=2; b=1')
    clock.advance(60_000)
    expect(cookies.header(https)).toBe('a=2')
  })
})
