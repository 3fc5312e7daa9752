import { generateKeyPairSync, sign } from 'node:crypto'
import { type PublicJwk, SIGNING_ALGORITHMS, type SigningAlgorithm } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { importKey, parseJws, signatureHolds } from './jws.ts'

const pairs = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  EdDSA: generateKeyPairSync('ed25519'),
}
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwkOf = (alg: SigningAlgorithm) => {
  const exported = pairs[alg].publicKey.export({ format: 'jwk' })
  return { ...exported, kty: String(exported.kty), kid: alg, alg, use: 'sig' } satisfies PublicJwk
}

function token(alg: SigningAlgorithm): string {
  const signed = `${part({ alg, kid: alg })}.${part({ sub: 'a' })}`
  const key = pairs[alg].privateKey
  const made = sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${made.toString('base64url')}`
}

function holds(text: string, jwk: PublicJwk): boolean {
  const [jws, key] = [parseJws(text), importKey(jwk)]
  return jws !== undefined && key !== undefined && signatureHolds(jws, key)
}

describe.each(SIGNING_ALGORITHMS)('a key for %s', (alg) => {
  it('verifies what was signed with it (RFC 7518 §3, RFC 8037 §3.1)', () => {
    expect(holds(token(alg), jwkOf(alg))).toBe(true)
  })

  it('does not verify changed claims, or a cut signature', () => {
    const [header, , signature] = token(alg).split('.')
    expect(holds(`${header}.${part({ sub: 'b' })}.${signature}`, jwkOf(alg))).toBe(false)
    expect(holds(token(alg).slice(0, -4), jwkOf(alg))).toBe(false)
  })

  it('verifies nothing of another algorithm, and is not imported for one (RFC 8725 §3.1)', () => {
    for (const other of SIGNING_ALGORITHMS.filter((name) => name !== alg)) {
      expect(holds(token(other), jwkOf(alg))).toBe(false)
      expect(importKey({ ...jwkOf(alg), alg: other })).toBeUndefined()
    }
  })

  it('is imported without its private members', () => {
    const jwk = { ...pairs[alg].privateKey.export({ format: 'jwk' }), ...jwkOf(alg) }
    expect(importKey(jwk)?.key.type).toBe('public')
  })
})
