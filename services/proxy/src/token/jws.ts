/** JWS in its compact form (RFC 7515 §3.1, §7.1): taken apart without trust, and the algorithms by which one may be verified. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { PublicJwk } from '@gateway/contracts'

export interface VerificationKey {
  readonly kid: string
  /** The one algorithm that this key verifies; what a token's header says is only compared with it (RFC 8725 §3.1). */
  readonly alg: AlgorithmName
  readonly key: KeyObject
}

interface Algorithm {
  readonly kty: string
  readonly crv: string
  verifies(signed: Buffer, key: KeyObject, signature: Buffer): boolean
}

/** Everything that must be known of an algorithm. A symmetric one, or `none`, is no row and never will be. */
const algorithms = {
  // RFC 7518 §3.4: R and S, 32 bytes each.
  ES256: {
    kty: 'EC',
    crv: 'P-256',
    verifies: (signed, key, signature) =>
      signature.length === 64 && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature),
  },
} as const satisfies Record<string, Algorithm>
export type AlgorithmName = keyof typeof algorithms

/** Undefined for a key of a kind that no row knows, or that is none. */
export function importKey(jwk: PublicJwk): VerificationKey | undefined {
  if (!Object.hasOwn(algorithms, jwk.alg)) return undefined
  const alg = jwk.alg as AlgorithmName
  if (jwk.kty !== algorithms[alg].kty || jwk.crv !== algorithms[alg].crv) return undefined
  try {
    // Only the members of a public key: whatever else stands there is not imported.
    const { kty, crv, x, y } = jwk as Record<string, unknown>
    return { kid: jwk.kid, alg, key: createPublicKey({ key: { kty, crv, x, y } as JsonWebKey, format: 'jwk' }) }
  } catch {
    return undefined
  }
}

type JsonWebKey = Extract<Parameters<typeof createPublicKey>[0], { format: 'jwk' }>['key']

export interface Jws {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  readonly signed: Buffer
  readonly signature: Buffer
}

const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/

/** Undefined unless it is three parts of base64url, the first two being JSON objects. */
export function parseJws(token: string): Jws | undefined {
  const [, protectedHeader, claims, signature] = COMPACT.exec(token) ?? []
  if (protectedHeader === undefined || claims === undefined || signature === undefined) return undefined
  const header = parseObject(protectedHeader)
  const payload = parseObject(claims)
  if (header === undefined || payload === undefined) return undefined
  return {
    header,
    payload,
    signed: Buffer.from(`${protectedHeader}.${claims}`),
    signature: Buffer.from(signature, 'base64url'),
  }
}

export function signatureHolds(jws: Jws, key: VerificationKey): boolean {
  return algorithms[key.alg].verifies(jws.signed, key.key, jws.signature)
}

function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
