import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCodeVerifier, isS256Challenge, verifyS256 } from './pkce.ts'

/** RFC 7636 appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const UNRESERVED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'
const verifiers = fc.string({ unit: fc.constantFrom(...Array.from(UNRESERVED)), minLength: 43, maxLength: 128 })

describe('PKCE', () => {
  it('accepts the example of RFC 7636 appendix B', () => {
    expect(verifyS256(VERIFIER, CHALLENGE)).toBe(true)
  })

  it('refuses the challenge itself as verifier, so `plain` never passes (advisory: PKCE downgrade)', () => {
    expect(verifyS256(VERIFIER, VERIFIER)).toBe(false)
    expect(verifyS256(CHALLENGE, CHALLENGE)).toBe(false)
  })

  it.each([
    ['', 'empty'],
    ['a'.repeat(42), 'too short'],
    ['a'.repeat(129), 'too long'],
    [`${'a'.repeat(42)}+`, 'not unreserved'],
    [`${'a'.repeat(43)}\n`, 'with a line break'],
  ])('refuses the verifier %j: %s (RFC 7636 §4.1)', (verifier) => {
    expect(isCodeVerifier(verifier)).toBe(false)
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    expect(verifyS256(verifier, challenge)).toBe(false)
  })

  it.each([
    ['', 'empty'],
    [`${CHALLENGE}=`, 'padded'],
    [CHALLENGE.slice(1), 'one character short'],
    [CHALLENGE.replace('-', '+'), 'base64, not base64url'],
    [`${CHALLENGE.slice(0, -1)}N`, 'trailing bits that no encoder leaves'],
  ])('refuses the challenge %j: %s (RFC 7636 §4.2)', (challenge) => {
    expect(isS256Challenge(challenge)).toBe(false)
    expect(verifyS256(VERIFIER, challenge)).toBe(false)
  })

  it('accepts every verifier with its own challenge and no other one with it', () => {
    fc.assert(
      fc.property(verifiers, verifiers, (verifier, other) => {
        const challenge = createHash('sha256').update(verifier).digest('base64url')
        expect(verifyS256(verifier, challenge)).toBe(true)
        expect(verifyS256(other, challenge)).toBe(other === verifier)
      }),
    )
  })
})
