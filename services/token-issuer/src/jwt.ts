/** Signing with `node:crypto`, which is on the way of every token; verifying, which is rare here, with jose. */
import type { KeyObject } from 'node:crypto'
import { type Jwks, SIGNING_ALGORITHMS, type SigningAlgorithm } from '@gateway/contracts'
import type { AccessTokenClaims } from '@gateway/oauth'
import { createLocalJWKSet, errors, jwtVerify } from 'jose'
import { algorithms } from './algorithms.ts'

/** RFC 9068 §2.1: an ID token or an assertion can never stand in for an access token. */
export const ACCESS_TOKEN_TYPE = 'at+jwt'
export const ID_TOKEN_TYPE = 'JWT'

export interface Signer {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly privateKey: KeyObject
}

/** RFC 7515 §7.1, compact serialization. */
export function signJwt({ kid, alg, privateKey }: Signer, typ: string, claims: object): string {
  const input = `${encode({ alg, typ, kid })}.${encode(claims)}`
  return `${input}.${algorithms[alg].sign(Buffer.from(input), privateKey).toString('base64url')}`
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

/**
 * The claims of an access token that we signed and that is still alive; undefined for anything else. Each key verifies its
 * own algorithm alone (RFC 8725 §3.1), which jose reads from the key's `alg`.
 */
export async function readAccessToken(
  token: string,
  { jwks, issuer, now }: { readonly jwks: Jwks; readonly issuer: string; readonly now: number },
): Promise<AccessTokenClaims | undefined> {
  try {
    const keys = createLocalJWKSet(jwks)
    const { payload } = await jwtVerify<AccessTokenClaims>(token, keys, {
      issuer,
      typ: ACCESS_TOKEN_TYPE,
      algorithms: [...SIGNING_ALGORITHMS],
      currentDate: new Date(now),
      requiredClaims: ['exp', 'iat', 'jti', 'sub', 'aud', 'client_id'],
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
