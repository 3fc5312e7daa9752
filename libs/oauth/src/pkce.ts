/**
 * Proof Key for Code Exchange (RFC 7636), method S256 alone: OAuth 2.1 §4.1.1 forbids `plain` to whoever can hash, and a
 * method that nobody needs is one more way to be talked down.
 */
import { createHash } from 'node:crypto'
import { secretEquals } from '@gateway/kernel'

/** RFC 7636 §4.1: 43 to 128 unreserved characters. */
export function isCodeVerifier(value: string): boolean {
  return /^[A-Za-z0-9._~-]{43,128}$/.test(value)
}

/** RFC 7636 §4.2: the base64url of 32 bytes has 43 characters, and its last one carries four bits only. */
export function isS256Challenge(value: string): boolean {
  return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(value)
}

/** RFC 7636 §4.6. False for a malformed verifier or challenge. */
export function verifyS256(verifier: string, challenge: string): boolean {
  if (!isCodeVerifier(verifier) || !isS256Challenge(challenge)) return false
  return secretEquals(createHash('sha256').update(verifier).digest('base64url'), challenge)
}
