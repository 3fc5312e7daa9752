import { Keyring, Secret } from '@gateway/kernel'
import { CHARACTER_MAX, characterAt } from '@gateway/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatRefreshToken, readRefreshToken } from './refresh-token.ts'

const key = (id: string) => ({ id, secret: new Secret(`the secret of ${id}`) })
const keyring = new Keyring('k1', [key('k1')])
const content = { family: 'AbCdEfGhIjKlMnOpQrStU-', generation: 7 }

describe('a refresh token', () => {
  const token = formatRefreshToken(keyring, content)

  it('names key, family and generation, and is read back', () => {
    expect(token).toMatch(/^k1\.AbCdEfGhIjKlMnOpQrStU-\.7\.[A-Za-z0-9_-]{43}$/)
    expect(readRefreshToken(keyring, token)).toEqual(content)
  })

  it('is readable after a rotation of the sealing keys, and not without its key', () => {
    const rotated = new Keyring('k2', [key('k1'), key('k2')])
    expect(readRefreshToken(rotated, token)).toEqual(content)
    expect(formatRefreshToken(rotated, content)).toMatch(/^k2\./)
    expect(readRefreshToken(new Keyring('k2', [key('k2')]), token)).toBeUndefined()
  })

  it('of any family and generation is read back, and nothing else is read', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/)
    fc.assert(
      fc.property(
        id,
        fc.nat(4_000_000_000),
        fc.nat(100),
        fc.string({ maxLength: 2, unit: fc.nat(CHARACTER_MAX).map(characterAt) }),
        (family, generation, at, put) => {
          const made = formatRefreshToken(keyring, { family, generation })
          expect(readRefreshToken(keyring, made)).toEqual({ family, generation })
          const changed = made.slice(0, at) + put + made.slice(at + 1)
          expect(readRefreshToken(keyring, changed)).toEqual(changed === made ? { family, generation } : undefined)
        },
      ),
    )
  })

  it.each([
    ['another generation', token.replace('.7.', '.8.')],
    ['another family', token.replace('AbCd', 'AbCe')],
    ['another MAC', `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
    ['a MAC for another purpose', `${token.slice(0, -43)}${keyring.mac('code', token.slice(0, -44))}`],
    ['a leading zero', token.replace('.7.', '.07.')],
    ['a plus sign', token.replace('.7.', '.+7.')],
    ['padding', `${token}=`],
    ['a line break', `${token}\n`],
    ['a space before', ` ${token}`],
    ['a fifth part', `${token}.x`],
    ['a missing part', token.slice(0, -44)],
    ['a JWT', 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln'],
    ['nothing', ''],
    ['megabytes', 'k1.'.repeat(1_000_000)],
  ])('with %s is none', (_, tampered) => {
    expect(readRefreshToken(keyring, tampered)).toBeUndefined()
  })
})
