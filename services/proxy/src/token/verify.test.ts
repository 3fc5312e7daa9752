import { createHmac, generateKeyPairSync } from 'node:crypto'
import { CHARACTER_MAX, characterAt } from '@gateway/testing'
import { assert, jsonValue, nat, oneof, property, string, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RevocationsView } from '../domain/revocations.ts'
import { servedService } from '../domain/served-service.ts'
import { service } from '../test-support/proxy.ts'
import { createSigner, signToken, userClaims } from '../test-support/tokens.ts'
import { createAuthenticate } from './authenticate.ts'
import { importKey, type VerificationKey } from './jws.ts'
import { createTokenCache } from './token-cache.ts'
import { type TokenProblem, verifyToken } from './verify.ts'

const T = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const signer = createSigner('k1')
const keys = new Map<string, VerificationKey>([['k1', importKey(signer.ring.keys[0]!.public_jwk)!]])
const deps = {
  issuer: 'http://localhost:8080',
  lifeMs: HOUR + 5_000,
  keyOf: (kid: string) => keys.get(kid),
  revocations: new RevocationsView(HOUR),
}
const calculator = servedService(deps.issuer, service('http://b:1'))
const verify = (token: string, now = T) => verifyToken(deps, token, calculator, now)
const claims = userClaims(T)
const token = (changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  signToken(signer, { claims: { ...claims, ...changes }, header })
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('an access token', () => {
  it('is verified with its claims, scopes and identity (RFC 9068 §4)', () => {
    const verified = verify(token())
    expect(verified).toMatchObject({ ok: true, claims: { sub: 'custom:ada|1', jti: 'jti-1' } })
    expect(verified.ok && [...verified.scopes]).toEqual(['read', 'calculate'])
  })

  const aud = calculator.resource
  const s = T / 1_000
  it.each<[string, string, TokenProblem]>([
    ['an ID token', token({}, { typ: 'JWT' }), 'token_type'],
    ['no typ', token({}, { typ: undefined }), 'token_type'],
    ['alg none', `${part({ typ: 'at+jwt', alg: 'none', kid: 'k1' })}.${part(claims)}.AA`, 'token_algorithm'],
    [
      'alg none without signature',
      `${part({ typ: 'at+jwt', alg: 'none', kid: 'k1' })}.${part(claims)}.`,
      'token_malformed',
    ],
    ['HS256 keyed with the public key', hs256(), 'token_algorithm'],
    ['an algorithm of another key', token({}, { alg: 'ES384' }), 'token_algorithm'],
    ['an algorithm named like a property', token({}, { alg: 'constructor' }), 'token_algorithm'],
    ['an unknown kid', token({}, { kid: 'k2' }), 'token_key_unknown'],
    ['a kid that is a path', token({}, { kid: '../k1' }), 'token_key_unknown'],
    ['a kid named like a property', token({}, { kid: '__proto__' }), 'token_key_unknown'],
    ['no kid', token({}, { kid: undefined }), 'token_key_unknown'],
    ['its own key', token({}, { kid: 'k2', jwk: signer.ring.keys[0]!.public_jwk }), 'token_key_unknown'],
    ['a critical header', token({}, { crit: ['exp'] }), 'token_critical_header'],
    ['another issuer', token({ iss: 'http://localhost:8080/' }), 'token_issuer'],
    ['a sibling as audience', token({ aud: `${deps.issuer}/calculator2/mcp` }), 'token_audience'],
    ['a prefix as audience', token({ aud: `${deps.issuer}/calculator` }), 'token_audience'],
    ['a longer audience', token({ aud: `${aud}/admin` }), 'token_audience'],
    ['a slash after the audience', token({ aud: `${aud}/` }), 'token_audience'],
    ['the issuer as audience', token({ aud: deps.issuer }), 'token_audience'],
    ['two audiences', token({ aud: [aud, 'http://other'] }), 'token_claims_malformed'],
    ['no subject', token({ sub: undefined }), 'token_claims_malformed'],
    ['a text as exp', token({ exp: String(s + 10) }), 'token_claims_malformed'],
    ['exp in the past', token({ iat: s - 100, exp: s - 6 }), 'token_expired'],
    ['an exp beyond its life', token({ iat: s - 3_700, exp: s + 1e9 }), 'token_expired'],
    ['iat in the future', token({ iat: s + 60, exp: s + 120 }), 'token_not_yet_valid'],
    ['nbf in the future', token({ nbf: s + 60 }), 'token_not_yet_valid'],
    ['another key', signToken(createSigner('k1'), { claims }), 'token_signature'],
    ['changed claims', changed(), 'token_signature'],
    ['a cut signature', token().slice(0, -4), 'token_signature'],
    ['an empty signature', `${token().split('.').slice(0, 2).join('.')}.`, 'token_malformed'],
    ['two parts', token().split('.').slice(0, 2).join('.'), 'token_malformed'],
    ['five parts', 'a.b.c.d.e', 'token_malformed'],
    ['padding', `${token()}=`, 'token_malformed'],
    ['a list as header', `${part([])}.${part(claims)}.AA`, 'token_malformed'],
    ['null as claims', `${part({ typ: 'at+jwt', alg: 'ES256', kid: 'k1' })}.${part(null)}.AA`, 'token_malformed'],
    ['deep nesting', `${part({})}.${Buffer.from('['.repeat(6_000)).toString('base64url')}.AA`, 'token_malformed'],
    ['a giant', `${token()}${'A'.repeat(100_000)}`, 'token_malformed'],
    ['nothing', '', 'token_malformed'],
  ])('with %s is refused', (_what, text, reason) => {
    expect(verify(text)).toEqual({ ok: false, reason })
  })

  it('is accepted within the skew of two clocks, and not beyond', () => {
    const [text, exp] = [token(), T + HOUR]
    expect(verify(text, exp + 4_000).ok).toBe(true)
    expect(verify(text, exp + 5_000).ok).toBe(false)
    expect(verify(text, T - 5_000).ok).toBe(true)
    expect(verify(text, T - 6_000).ok).toBe(false)
  })

  it('never makes the verifier throw, whatever it is', () => {
    const original = token()
    const mutated = tuple(
      nat(original.length),
      string({ unit: nat(CHARACTER_MAX).map(characterAt), maxLength: 8 }),
    ).map(([at, text]) => original.slice(0, at) + text + original.slice(at + text.length + 1))
    const shaped = jsonValue().map((value) => `${part(value)}.${part(value)}.AA`)
    assert(
      property(oneof(mutated, string(), shaped), (text) => {
        const result = verify(text)
        // What was changed may still decode to the same bytes; whatever is accepted says what was signed.
        expect(result.ok ? result.claims.jti : 'jti-1').toBe('jti-1')
      }),
      { numRuns: 1_000 },
    )
  }, 30_000)

  function hs256(): string {
    const signed = `${part({ typ: 'at+jwt', alg: 'HS256', kid: 'k1' })}.${part(claims)}`
    const pem = keys.get('k1')!.key.export({ type: 'spki', format: 'pem' })
    return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`
  }
  function changed(): string {
    const [header, , signature] = token().split('.')
    return `${header}.${part({ ...claims, sub: 'custom:admin' })}.${signature}`
  }
})

describe('a verification key', () => {
  const { public_jwk } = signer.ring.keys[0]!

  it.each([
    ['a symmetric one', { kty: 'oct', kid: 'k', alg: 'HS256', use: 'sig', k: 'AAAA' }],
    [
      'another curve',
      {
        ...generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }),
        kty: 'EC',
        kid: 'k',
        alg: 'ES256',
        use: 'sig',
      },
    ],
    ['no point', { ...public_jwk, x: 'AAAA' }],
    ['an algorithm named like a property', { ...public_jwk, alg: 'toString' }],
  ])('of %s is not imported', (_what, jwk) => {
    expect(importKey(jwk)).toBeUndefined()
  })
})

describe('the credentials of a request', () => {
  const authenticate = createAuthenticate(deps)
  const judge = (authorization?: string, count = 1) => authenticate({ authorization, count }, calculator, T)

  it.each([
    [undefined, 'credentials_missing'],
    ['Basic YTpi', 'credentials_missing'],
    ['DPoP abc', 'credentials_missing'],
    ['', 'credentials_malformed'],
    ['Bearer', 'credentials_malformed'],
    ['Bearer ', 'credentials_malformed'],
    ['Bearer a b', 'credentials_malformed'],
    ['Bearer a,b', 'credentials_malformed'],
    ['Bearer "a"', 'credentials_malformed'],
    ['a.b.c=', 'credentials_malformed'],
    ['Bearer a.b.c', 'token_invalid'],
  ])('%j: %s (R4)', (authorization, refusal) => {
    expect(judge(authorization)).toMatchObject({ ok: false, refusal })
  })

  it('may be a bearer in any case, once (RFC 6750 §2)', () => {
    expect(judge(`bearer ${token()}`).ok).toBe(true)
    expect(judge(`Bearer ${token()}`, 2)).toMatchObject({ refusal: 'credentials_malformed' })
  })

  it('that were good are judged anew at each use: service, time, key, revocation', () => {
    const text = `Bearer ${token({ jti: 'again' })}`
    expect(judge(text).ok).toBe(true)
    const other = servedService(deps.issuer, service('http://b:1', { id: 'other' }))
    expect(authenticate({ authorization: text, count: 1 }, other, T)).toMatchObject({ reason: 'token_audience' })
    expect(judge(text).ok).toBe(true)
    expect(authenticate({ authorization: text, count: 1 }, calculator, T + 2 * HOUR)).toMatchObject({
      reason: 'token_expired',
    })
    expect(judge(text).ok).toBe(true)
    deps.revocations.project({ kind: 'token', id: 'r', at: T, jti: 'again', sub: 's', client_id: 'c' })
    expect(judge(text)).toMatchObject({ refusal: 'token_invalid', reason: 'token_revoked' })
    const dropped = `Bearer ${token({ jti: 'dropped' })}`
    expect(judge(dropped).ok).toBe(true)
    keys.set('k1', importKey(createSigner('k1').ring.keys[0]!.public_jwk)!)
    expect(judge(dropped)).toMatchObject({ reason: 'token_key_unknown' })
  })
})

describe('the token cache', () => {
  it('is bounded: the oldest leaves first', () => {
    const fresh = createSigner('fresh')
    const key = importKey(fresh.ring.keys[0]!.public_jwk)
    const known = { ...deps, keyOf: () => key, revocations: new RevocationsView(HOUR) }
    const verified = verifyToken(known, signToken(fresh, { claims }), calculator, T)
    if (!verified.ok) throw new TypeError(verified.reason)
    const cache = createTokenCache(2)
    for (const digest of ['a', 'b', 'c']) cache.put(digest, verified)
    expect([cache.size, cache.get('a'), cache.get('c')]).toEqual([2, undefined, verified])
  })
})
