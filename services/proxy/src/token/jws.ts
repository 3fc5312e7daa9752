/** JWS in its compact form (RFC 7515 §3.1, §7.1): taken apart without trust, and the algorithms by which one may be verified or made. */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import type { PublicJwk, SigningAlgorithm } from '@gateway/contracts'

export interface VerificationKey {
  readonly kid: string
  /** The one algorithm that this key verifies; what a token's header says is only compared with it (RFC 8725 §3.1). */
  readonly alg: AlgorithmName
  readonly key: KeyObject
}

interface Algorithm {
  readonly kty: string
  readonly crv?: string
  /** Of a public key (RFC 7518 §6, RFC 8037 §2). */
  readonly members: readonly string[]
  verifies(signed: Buffer, key: KeyObject, signature: Buffer): boolean
  signs(data: Buffer, privateKey: KeyObject): Buffer
}

/** Everything that must be known of an algorithm. A symmetric one, or `none`, is no row and never will be. */
const algorithms = {
  // RFC 7518 §3.4: R and S, 32 bytes each.
  ES256: {
    kty: 'EC',
    crv: 'P-256',
    members: ['kty', 'crv', 'x', 'y'],
    verifies: (signed, key, signature) =>
      signature.length === 64 && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature),
    signs: (data, key) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  },
  // RFC 7518 §3.3: RSASSA-PKCS1-v1_5.
  RS256: {
    kty: 'RSA',
    members: ['kty', 'n', 'e'],
    verifies: (signed, key, signature) => verify('sha256', signed, key, signature),
    signs: (data, key) => sign('sha256', data, key),
  },
  // RFC 8037 §3.1, Ed25519.
  EdDSA: {
    kty: 'OKP',
    crv: 'Ed25519',
    members: ['kty', 'crv', 'x'],
    verifies: (signed, key, signature) => verify(null, signed, key, signature),
    signs: (data, key) => sign(null, data, key),
  },
} as const satisfies Record<SigningAlgorithm, Algorithm>
export type AlgorithmName = SigningAlgorithm

/** Undefined for a key of a kind that no row knows, or that is none. */
export function importKey(jwk: PublicJwk): VerificationKey | undefined {
  if (!Object.hasOwn(algorithms, jwk.alg)) return undefined
  const alg = jwk.alg as AlgorithmName
  const { kty, crv, members }: Algorithm = algorithms[alg]
  if (jwk.kty !== kty || jwk.crv !== crv) return undefined
  try {
    // Only the members of a public key: whatever else stands there is not imported.
    const key = Object.fromEntries(members.map((name) => [name, jwk[name]])) as JsonWebKey
    return { kid: jwk.kid, alg, key: createPublicKey({ key, format: 'jwk' }) }
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

/** The compact form, signed with what `header.alg` names. */
export function signJws(
  header: { readonly alg: AlgorithmName; readonly kid: string; readonly typ: string },
  payload: Readonly<Record<string, unknown>>,
  privateKey: KeyObject,
): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part(header)}.${part(payload)}`
  return `${signed}.${algorithms[header.alg].signs(Buffer.from(signed), privateKey).toString('base64url')}`
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
