import { describe, expect, it } from 'vitest'
import { answerUri, redirectHost } from './authorization-response.ts'

const ISSUER = 'https://gateway.example'

describe('the answer to the client', () => {
  it('carries code, state and iss (RFC 6749 §4.1.2, RFC 9207 §2, A9)', () => {
    const url = new URL(answerUri(ISSUER, { redirect_uri: 'https://app.example/cb', state: 'a b&c' }, { code: 'x' }))
    expect(Object.fromEntries(url.searchParams)).toEqual({ code: 'x', state: 'a b&c', iss: ISSUER })
  })

  it('has no state when none was sent', () => {
    expect(answerUri(ISSUER, { redirect_uri: 'https://app.example/cb' }, { code: 'x' })).not.toContain('state')
  })

  it('keeps the query of the registered URI as it is (RFC 6749 §3.1.2)', () => {
    const url = answerUri(ISSUER, { redirect_uri: 'https://app.example/cb?a=%7E&b' }, { code: 'x' })
    expect(url).toMatch(/^https:\/\/app\.example\/cb\?a=%7E&b&code=x&iss=/)
  })
})

describe('the host of a redirect URI', () => {
  it.each([
    ['https://app.example:8443/cb', 'app.example:8443'],
    ['https://xn--pple-43d.example/cb', 'xn--pple-43d.example'],
    ['http://localhost:33418/cb', 'localhost:33418'],
    ['http://[::1]:1/cb', '[::1]:1'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'cursor://anysphere.cursor-mcp'],
    ['com.example.app:/cb', 'com.example.app:'],
  ])('of %s is %s', (uri, host) => {
    expect(redirectHost(uri)).toBe(host)
  })
})
