/** The algorithms that keys are made for: everything that must be known of one stands in its row, and nowhere else. */
import { generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { PublicJwk, SigningAlgorithm } from '@gateway/contracts'

const generate = promisify(generateKeyPair)

interface Algorithm {
  generate(): Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }>
  sign(input: Buffer, key: KeyObject): Buffer
  /** Of the public key (RFC 7518 §6, RFC 8037 §2). */
  readonly members: readonly string[]
  /** OpenID Connect Core §3.1.3.6: what `at_hash` is the left half of; for Ed25519 the hash that it uses itself. */
  readonly hash: 'sha256' | 'sha512'
}

export const algorithms: Readonly<Record<SigningAlgorithm, Algorithm>> = {
  // RFC 7518 §3.4: the signature is R‖S, which node:crypto calls `ieee-p1363`; half again as fast as through a library.
  ES256: {
    generate: () => generate('ec', { namedCurve: 'P-256' }),
    sign: (input, key) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
    members: ['kty', 'crv', 'x', 'y'],
    hash: 'sha256',
  },
  // RFC 7518 §3.3: RSASSA-PKCS1-v1_5, at least 2048 bits.
  RS256: {
    generate: () => generate('rsa', { modulusLength: 2048 }),
    sign: (input, key) => sign('sha256', input, key),
    members: ['kty', 'n', 'e'],
    hash: 'sha256',
  },
  // RFC 8037 §3.1, with Ed25519.
  EdDSA: {
    generate: () => generate('ed25519'),
    sign: (input, key) => sign(null, input, key),
    members: ['kty', 'crv', 'x'],
    hash: 'sha512',
  },
}

export function isSigningAlgorithm(alg: string): alg is SigningAlgorithm {
  return Object.hasOwn(algorithms, alg)
}

/** RFC 7517 §4: the members that verification needs, and none of the private ones. */
export function publicJwkOf(alg: SigningAlgorithm, kid: string, publicKey: KeyObject): PublicJwk {
  const exported = Object.entries(publicKey.export({ format: 'jwk' }))
  const members = Object.fromEntries(exported.filter(([name]) => algorithms[alg].members.includes(name)))
  return { kty: String(members['kty']), ...members, kid, alg, use: 'sig' }
}
