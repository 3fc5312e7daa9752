import { fakeClock, testKeyring } from '@gateway/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Context } from './context.ts'
import { openLogin, openRequest, sealLogin, sealRequest } from './envelope.ts'

const clock = fakeClock()
const context = { keyring: testKeyring(), clock } as unknown as Context
const request = {
  client: { id: 'c1', origin: 'registered' as const },
  redirect_uri: 'https://app.example/cb',
  service: 's',
  resource: 'https://gateway.example/s/mcp',
  scopes: ['read'],
  code_challenge: 'x',
}
const browser = fc.string({ minLength: 1, maxLength: 30 })

describe('what travels through the browser', () => {
  it('opens as it was sealed, for the same browser alone', () => {
    fc.assert(
      fc.property(browser, browser, fc.option(fc.string(), { nil: undefined }), (one, other, account) => {
        const sealed = sealRequest(context, one, request, account)
        expect(openRequest(context, one, sealed)).toMatchObject({ request })
        expect(openRequest(context, one, sealed)?.account).toBe(account)
        expect(openRequest(context, other, sealed) === undefined).toBe(one !== other)
      }),
    )
  })

  it('opens no more when one character is another one, cut, or foreign', () => {
    const sealed = sealRequest(context, 'b', request)
    fc.assert(
      fc.property(
        fc.nat(sealed.length - 1),
        fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_'),
        (at, character) => {
          const changed = `${sealed.slice(0, at)}${character}${sealed.slice(at + 1)}`
          // The last character of base64url may differ in bits that mean nothing.
          fc.pre(!Buffer.from(changed, 'base64url').equals(Buffer.from(sealed, 'base64url')))
          expect(openRequest(context, 'b', changed)).toBeUndefined()
          expect(openRequest(context, 'b', sealed.slice(0, at))).toBeUndefined()
        },
      ),
    )
    fc.assert(fc.property(fc.string(), (any) => openRequest(context, 'b', any) === undefined))
  })

  it('is of one kind: a login is no request, and a request no login', () => {
    expect(openLogin(context, 'b', sealRequest(context, 'b', request))).toBeUndefined()
    expect(openRequest(context, 'b', sealLogin(context, 'b', { request, login: 'l' }))).toBeUndefined()
  })

  it('is too old after ten minutes', () => {
    const sealed = sealRequest(context, 'b', request)
    const login = sealLogin(context, 's', { login: 'l' })
    clock.advance(600_000)
    expect(openRequest(context, 'b', sealed)).toBeDefined()
    expect(openLogin(context, 's', login)).toEqual({ login: 'l', begun_at: clock.now - 600_000 })
    clock.advance(1)
    expect(openRequest(context, 'b', sealed)).toBeUndefined()
    expect(openLogin(context, 's', login)).toBeUndefined()
  })
})
