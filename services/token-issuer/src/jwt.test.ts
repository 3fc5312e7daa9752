import { type PublicJwk, SIGNING_ALGORITHMS, type SigningAlgorithm } from '@gateway/contracts'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { algorithms, publicJwkOf } from './algorithms.ts'
import { readAccessToken, type Signer, signJwt } from './jwt.ts'

const now = 1_767_225_600_000
const seconds = now / 1000
const issuer = 'https://gateway.example.com'
const claims = {
  iss: issuer,
  sub: 'custom:alice',
  aud: `${issuer}/calculator/mcp`,
  client_id: 'c',
  jti: 'j',
  iat: seconds,
  exp: seconds + 60,
}

interface Made {
  readonly signer: Signer
  readonly jwk: PublicJwk
}
const made = new Map<SigningAlgorithm, Made>()

beforeAll(async () => {
  for (const alg of SIGNING_ALGORITHMS) {
    const { privateKey, publicKey } = await algorithms[alg].generate()
    made.set(alg, { signer: { kid: alg, alg, privateKey }, jwk: publicJwkOf(alg, alg, publicKey) })
  }
})

const of = (alg: SigningAlgorithm) => made.get(alg) as Made
const jwks = () => ({ keys: [...made.values()].map(({ jwk }) => jwk) })
const read = (token: string) => readAccessToken(token, { jwks: jwks(), issuer, now })

describe.each(SIGNING_ALGORITHMS)('a key for %s', (alg) => {
  it('signs what a library verifies with its public half (RFC 7518 §3, RFC 8037 §3.1)', async () => {
    const token = signJwt(of(alg).signer, 'at+jwt', claims)
    const verified = await jwtVerify(token, createLocalJWKSet(jwks()), { currentDate: new Date(now) })
    expect(verified.protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: alg })
    expect(await read(token)).toEqual(claims)
  })

  it('publishes nothing private (RFC 7517 §9.3)', () => {
    const { jwk } = of(alg)
    expect(Object.keys(jwk).toSorted()).toEqual([...algorithms[alg].members, 'alg', 'kid', 'use'].toSorted())
    expect(jwk).toMatchObject({ kid: alg, alg, use: 'sig' })
    expect(jwk.kty).toMatch(/^(EC|RSA|OKP)$/)
  })

  it('does not verify what another algorithm signed under its name (RFC 8725 §3.1)', async () => {
    for (const other of SIGNING_ALGORITHMS.filter((name) => name !== alg)) {
      const { signer } = of(other)
      expect(await read(signJwt({ ...signer, kid: alg }, 'at+jwt', claims))).toBeUndefined()
    }
  })
})

describe('reading an access token', () => {
  const signed = (changes: object, typ = 'at+jwt', kid = 'ES256') =>
    signJwt({ ...of('ES256').signer, kid }, typ, { ...claims, ...changes })

  it.each([
    ['of another type (RFC 9068 §4)', () => signed({}, 'JWT')],
    ['of another issuer', () => signed({ iss: 'https://elsewhere.example.com' })],
    ['that has expired', () => signed({ exp: seconds })],
    ['without an end', () => signed({ exp: undefined })],
    ['of an unknown key', () => signed({}, 'at+jwt', 'other')],
    ['without a signature', () => signed({}).replace(/[^.]+$/, '')],
    ['that names no algorithm', () => `eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.${btoa(JSON.stringify(claims))}.`],
    ['that is none', () => 'a.b.c'],
  ])('refuses one %s', async (_, token) => {
    expect(await read(token())).toBeUndefined()
  })
})
