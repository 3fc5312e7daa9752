import { generateKeyPairSync } from 'node:crypto'
import type { PublicJwk } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { readAccessToken, signJwt } from './jwt.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signer = { kid: 'k', privateKey }
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' } as PublicJwk
const now = 1_767_225_600_000
const issuer = 'https://gateway.example.com'
const claims = { iss: issuer, sub: 'custom:alice', client_id: 'c', jti: 'j', exp: now / 1000 + 60 }
const read = (token: string) => readAccessToken(token, { jwks: { keys: [jwk] }, issuer, now })

describe('reading an access token', () => {
  it('accepts what we signed and what is alive', async () => {
    expect(await read(signJwt(signer, 'at+jwt', claims))).toMatchObject(claims)
  })

  it.each([
    ['of another type (RFC 9068 §4)', signJwt(signer, 'JWT', claims)],
    ['of another issuer', signJwt(signer, 'at+jwt', { ...claims, iss: 'https://elsewhere.example.com' })],
    ['that has expired', signJwt(signer, 'at+jwt', { ...claims, exp: now / 1000 })],
    ['without an end', signJwt(signer, 'at+jwt', { ...claims, exp: undefined })],
    ['of an unknown key', signJwt({ ...signer, kid: 'other' }, 'at+jwt', claims)],
    ['without a signature', signJwt(signer, 'at+jwt', claims).replace(/[^.]+$/, '')],
    ['that names no algorithm', `eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.${btoa(JSON.stringify(claims))}.`],
  ])('refuses one %s', async (_, token) => {
    expect(await read(token)).toBeUndefined()
  })
})
