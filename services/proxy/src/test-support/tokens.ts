/** A signing ring as the token-issuer keeps it, and tokens signed with it. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { KeyRingState } from '@gateway/contracts'

export interface Signer {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly ring: KeyRingState
}

export function createSigner(kid = 'kid-of-the-tests'): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const public_jwk = { ...publicKey.export({ format: 'jwk' }), kty: 'EC', kid, alg: 'ES256', use: 'sig' }
  return {
    kid,
    privateKey,
    ring: { ring: 'access-token', keys: [{ kid, status: 'active', public_jwk, created_at: 0 }] },
  }
}

export interface TokenParts {
  readonly claims: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
}

/** RFC 9068: `typ` `at+jwt`, ES256; whatever `header` and `claims` say instead stands in the token. */
export function signToken(signer: Signer, { claims, header = {} }: TokenParts): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ typ: 'at+jwt', alg: 'ES256', kid: signer.kid, ...header })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(signed), { key: signer.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

/** The claims of an ordinary user of `service`, issued `now` (milliseconds) for an hour. */
export function userClaims(now: number, service = 'calculator'): Record<string, unknown> {
  const iat = Math.floor(now / 1_000)
  return {
    iss: 'http://localhost:8080',
    sub: 'custom:ada|1',
    aud: `http://localhost:8080/${service}/mcp`,
    client_id: 'client-1',
    scope: 'read calculate',
    iat,
    exp: iat + 3_600,
    jti: 'jti-1',
    sid: 'family-1',
    auth_time: iat,
    email: 'ada@example.com',
    email_verified: true,
    name: 'Ada Lovelace',
    picture: 'https://example.com/ada.png',
    provider: 'custom',
  }
}
