/** The answer of the token endpoint (RFC 6749 §5.1), minted from what a family grants. */
import type { Profile, TokenAnswer } from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import { formatScope } from '@gateway/oauth'
import { algorithms } from './algorithms.ts'
import type { IssuerDeps } from './deps.ts'
import { accessTokenClaims, type GrantedAccess, idTokenClaims } from './domain/claims.ts'
import { formatRefreshToken } from './domain/refresh-token.ts'
import { ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE, type Signer, signJwt } from './jwt.ts'

export interface Minting {
  /** Its scopes are those of this access token. */
  readonly access: GrantedAccess
  /** The generation to hand out; undefined for a client that may not refresh. */
  readonly generation: number | undefined
  readonly profile: Profile
  readonly groups: readonly string[] | undefined
  readonly nonce?: string | undefined
  /**
   * When the request came, before the user was checked: so a revocation of everything from before a time also ends what
   * was under way then.
   */
  readonly askedAt: number
}

/** `signer` is found before anything is spent, so that nothing here can fail. */
export function mintAnswer(deps: IssuerDeps, signer: Signer, minting: Minting): TokenAnswer {
  const { access, generation, profile, groups, nonce, askedAt } = minting
  const { profile_claims: profileClaims, access_ttl_seconds: ttlSeconds } = deps.tokens
  const issuing = { issuer: deps.issuer, profile, profileClaims, groups, askedAt, ttlSeconds }
  const accessToken = signJwt(signer, ACCESS_TOKEN_TYPE, accessTokenClaims(access, issuing, newId()))
  const answer = bearerAnswer(deps, accessToken, access.scopes, askedAt)
  if (generation !== undefined) {
    answer.refresh_token = formatRefreshToken(deps.keyring, { family: access.family, generation })
  }
  if (access.scopes.includes('openid')) {
    const binding = { accessToken, hash: algorithms[signer.alg].hash, nonce }
    answer.id_token = signJwt(signer, ID_TOKEN_TYPE, idTokenClaims(access, issuing, binding))
  }
  return answer
}

/** RFC 6749 §5.1: `expires_in` counts from the answer. */
export function bearerAnswer(
  { tokens, clock }: IssuerDeps,
  accessToken: string,
  scopes: readonly string[],
  askedAt: number,
): TokenAnswer {
  const expiresAt = Math.floor(askedAt / 1000) + tokens.access_ttl_seconds
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresAt - Math.floor(clock() / 1000),
    scope: formatScope(scopes),
  }
}
