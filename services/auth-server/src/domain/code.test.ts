import { Keyring, Secret } from '@gateway/kernel'
import { CHARACTER_MAX, characterAt } from '@gateway/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authorizationIdOf, codeOf, familyIdOf, openCode } from './code.ts'

const keyring = new Keyring('k1', [{ id: 'k1', secret: new Secret('a') }])
const id = authorizationIdOf('the state of a login')

describe('an authorization code', () => {
  it('leads back to its authorization', () => {
    expect(openCode(keyring, codeOf(keyring, id))).toBe(id)
  })

  it('has only characters that no client encodes differently', () => {
    expect(codeOf(keyring, id)).toMatch(/^[A-Za-z0-9._~-]+$/)
  })

  it('survives the rotation of the sealing keys', () => {
    const rotated = new Keyring('k2', [
      { id: 'k1', secret: new Secret('a') },
      { id: 'k2', secret: new Secret('b') },
    ])
    expect(openCode(rotated, codeOf(keyring, id))).toBe(id)
  })

  it.each([
    ['another authorization', (code: string) => code.replace(id, authorizationIdOf('another'))],
    ['a changed MAC', (code: string) => `${code.slice(0, -2)}${code.endsWith('AA') ? 'BB' : 'AA'}`],
    ['no MAC', (code: string) => code.slice(0, code.lastIndexOf('.'))],
    ['an unknown key', (code: string) => code.replace('k1', 'k9')],
    ['a line break', (code: string) => `${code}\n`],
    ['nothing', () => ''],
  ])('is not ours with %s (RFC 6749 §10.10)', (_, change) => {
    expect(openCode(keyring, change(codeOf(keyring, id)))).toBeUndefined()
  })

  it('is not ours with any character changed, taken out or put in', () => {
    const code = codeOf(keyring, id)
    fc.assert(
      fc.property(
        fc.nat(code.length),
        fc.nat(2),
        fc.string({ maxLength: 2, unit: fc.nat(CHARACTER_MAX).map(characterAt) }),
        (at, taken, put) => {
          const changed = code.slice(0, at) + put + code.slice(at + taken)
          expect(openCode(keyring, changed)).toBe(changed === code ? id : undefined)
        },
      ),
    )
  })

  it('is not made by another deployment', () => {
    const other = new Keyring('k1', [{ id: 'k1', secret: new Secret('b') }])
    expect(openCode(keyring, codeOf(other, id))).toBeUndefined()
  })
})

describe('the ids of an authorization', () => {
  it('follow from the login, so that one login is one authorization and one family', () => {
    expect(authorizationIdOf('s')).toBe(authorizationIdOf('s'))
    expect(authorizationIdOf('s')).not.toBe(authorizationIdOf('t'))
    expect(familyIdOf(id)).toBe(familyIdOf(id))
  })

  it('have the form of every other id: 22 characters of base64url', () => {
    expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(familyIdOf(id)).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })
})
