/** The answer of the token endpoint (RFC 6749 §5.1), minted from what a family grants. */
import type { Profile, TokenAnswer } from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import { formatScope } from '@gateway/oauth'
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
  readonly nonce?: string | undefined
}

/** `signer` is found before anything is spent, so that nothing here can fail. */
export function mintAnswer(deps: IssuerDeps, signer: Signer, minting: Minting): TokenAnswer {
  const { access, generation, profile, nonce } = minting
  const issuing = {
    issuer: deps.issuer,
    profile,
    profileClaims: deps.tokens.profile_claims,
    now: deps.clock(),
    ttlSeconds: deps.tokens.access_ttl_seconds,
  }
  const accessToken = signJwt(signer, ACCESS_TOKEN_TYPE, accessTokenClaims(access, issuing, newId()))
  const answer: TokenAnswer = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: deps.tokens.access_ttl_seconds,
    scope: formatScope(access.scopes),
  }
  if (generation !== undefined) {
    answer.refresh_token = formatRefreshToken(deps.keyring, { family: access.family, generation })
  }
  if (access.scopes.includes('openid')) {
    answer.id_token = signJwt(signer, ID_TOKEN_TYPE, idTokenClaims(access, issuing, { accessToken, nonce }))
  }
  return answer
}
