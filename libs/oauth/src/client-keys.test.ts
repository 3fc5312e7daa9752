import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { publicJwks } from './client-keys.ts'

const jwk = { kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ' }

describe('the keys of a client (RFC 7517)', () => {
  it.each([
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ed25519'),
  ])('are public ones of any kind that signs (%#)', ({ publicKey, privateKey }) => {
    const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'x', use: 'sig', x5c: ['a certificate'] }
    const { x5c: _, ...kept } = key
    expect(publicJwks({ keys: [key] })).toEqual({ keys: [kept] })
    expect(publicJwks({ keys: [key, privateKey.export({ format: 'jwk' })] })).toBeUndefined()
  })

  it('may be RSA with 8192 bits', () => {
    const key = { kty: 'RSA', e: 'Aw', n: Buffer.alloc(8192 / 8, 0xff).toString('base64url') }
    expect(publicJwks({ keys: [key] })).toEqual({ keys: [key] })
  })

  it('leave out kinds that nobody here knows (RFC 7517 §5)', () => {
    expect(publicJwks({ keys: [{ kty: 'AKP', pub: 'x' }, jwk] })).toEqual({ keys: [jwk] })
  })

  it.each([
    [undefined],
    [null],
    [{}],
    [[]],
    [jwk],
    [{ keys: [] }],
    [{ keys: jwk }],
    [{ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }],
    [{ keys: [{ kty: 'oct' }] }],
    [{ keys: [{ ...jwk, d: null }] }],
    [{ keys: [{ ...jwk, x: 'not base64url!' }] }],
    [{ keys: [{ ...jwk, x: 'x'.repeat(2_000) }] }],
    [{ keys: Array.from({ length: 21 }, () => jwk) }],
  ])('are none in %j', (value) => {
    expect(publicJwks(value)).toBeUndefined()
  })
})
