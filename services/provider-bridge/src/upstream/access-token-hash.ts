/**
 * Whether an ID token speaks of the access token beside it (OpenID Connect Core §3.1.3.8): `at_hash` is the left half of its hash,
 * by the hash function of the ID token's own signature. The client library leaves this out.
 */
import { createHash } from 'node:crypto'

/** RFC 7518 §3.1; RFC 8032 §5.1 for Ed25519, by either of its names. */
const HASHES: readonly (readonly [algorithm: RegExp, hash: string])[] = [
  [/^(RS|PS|ES)256$/, 'sha256'],
  [/^(RS|PS|ES)384$/, 'sha384'],
  [/^((RS|PS|ES)512|EdDSA|Ed25519)$/, 'sha512'],
]

/** `idToken`: verified. True where it says nothing of an access token. */
export function speaksOf(idToken: string, accessToken: string): boolean {
  const { alg } = partOf(idToken, 0)
  const { at_hash: told } = partOf(idToken, 1)
  if (told === undefined) return true
  const hash = HASHES.find(([algorithm]) => typeof alg === 'string' && algorithm.test(alg))?.[1]
  if (hash === undefined) return false
  const digest = createHash(hash).update(accessToken, 'ascii').digest()
  return told === digest.subarray(0, digest.length / 2).toString('base64url')
}

function partOf(idToken: string, index: number): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(idToken.split('.')[index] ?? '', 'base64url').toString()) as Record<string, unknown>
}
