/** What the tokens say: access tokens by RFC 9068 §2.2, ID tokens by OpenID Connect Core §2. Times in seconds, as on the wire. */
import { createHash } from 'node:crypto'
import type { Profile } from '@gateway/contracts'
import { type AccessTokenClaims, formatScope } from '@gateway/oauth'

type ProfileClaim = 'email' | 'name' | 'picture' | 'provider'

/** The user, and what is known of this issuing beside the grant. */
export interface Issuing {
  readonly issuer: string
  readonly profile: Profile
  readonly profileClaims: readonly ProfileClaim[]
  /** Those that rules of the resource ask about; undefined where none does. */
  readonly groups?: readonly string[] | undefined
  /** When it was asked for, milliseconds since the epoch: a token is as old as the answers that it rests on. */
  readonly askedAt: number
  readonly ttlSeconds: number
}

/** As far as the tokens speak of it; `scopes` may be narrower than what was granted. */
export interface GrantedAccess {
  readonly family: string
  readonly sub: string
  readonly client_id: string
  readonly resource: string
  readonly scopes: readonly string[]
  readonly auth_time: number
}

export function accessTokenClaims(access: GrantedAccess, issuing: Issuing, jti: string): AccessTokenClaims {
  return {
    ...profileOf(issuing),
    iss: issuing.issuer,
    sub: access.sub,
    aud: access.resource,
    client_id: access.client_id,
    scope: formatScope(access.scopes),
    ...lifeOf(issuing),
    jti,
    sid: access.family,
    auth_time: access.auth_time,
    ...(issuing.groups === undefined ? {} : { groups: issuing.groups }),
  }
}

/** RFC 9068 §2.2: where no user is involved, `sub` is the client itself. Nobody signed in, and there is no family. */
export function clientTokenClaims(
  { client_id, resource, scopes }: Pick<GrantedAccess, 'client_id' | 'resource' | 'scopes'>,
  issuing: Pick<Issuing, 'issuer' | 'askedAt' | 'ttlSeconds'>,
  jti: string,
): AccessTokenClaims {
  const { issuer } = issuing
  return { iss: issuer, sub: client_id, aud: resource, client_id, scope: formatScope(scopes), ...lifeOf(issuing), jti }
}

/** `nonce` comes from the authorization request; a refreshed ID token has none (OpenID Connect Core §12.2). */
export function idTokenClaims(
  access: GrantedAccess,
  issuing: Issuing,
  binding: {
    readonly accessToken: string
    /** Of the algorithm that signs both. */
    readonly hash: 'sha256' | 'sha512'
    readonly nonce?: string | undefined
  },
): Readonly<Record<string, unknown>> {
  return {
    ...profileOf(issuing),
    iss: issuing.issuer,
    sub: access.sub,
    aud: access.client_id,
    ...lifeOf(issuing),
    auth_time: access.auth_time,
    sid: access.family,
    ...(binding.nonce === undefined ? {} : { nonce: binding.nonce }),
    at_hash: accessTokenHash(binding.accessToken, binding.hash),
  }
}

type Life = Pick<Issuing, 'askedAt' | 'ttlSeconds'>

function lifeOf({ askedAt, ttlSeconds }: Life): { readonly iat: number; readonly exp: number } {
  const iat = Math.floor(askedAt / 1000)
  return { iat, exp: iat + ttlSeconds }
}

/** Only what the operator lets tokens carry (`tokens.profile_claims`), and only what the provider said. */
function profileOf({ profile, profileClaims }: Issuing): Partial<Pick<AccessTokenClaims, ProfileClaim>> {
  const { email, email_verified, name, picture, provider } = profile
  const claims = { email: { email, email_verified }, name: { name }, picture: { picture }, provider: { provider } }
  const said = profileClaims.flatMap((claim) => Object.entries(claims[claim]))
  return Object.fromEntries(said.filter(([, value]) => value !== undefined))
}

/** OpenID Connect Core §3.1.3.6: the left half of the hash. */
function accessTokenHash(accessToken: string, hash: 'sha256' | 'sha512'): string {
  const digest = createHash(hash).update(accessToken).digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}
