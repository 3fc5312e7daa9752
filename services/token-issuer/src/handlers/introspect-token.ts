/**
 * Introspection (RFC 7662). A client asks about its own tokens; whatever is not active, or not its own, looks the same (§2.2,
 * §4). Nothing is spent: a superseded refresh token that is shown here is not reused by that.
 */
import { call, load, type RequestContext } from '@gateway/bus'
import { checkUser, type Introspection, REVOCATION_KINDS, revocationSubject } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { type AccessTokenClaims, formatScope } from '@gateway/oauth'
import { type IssuerDeps, livesOf, tokenFamilies } from '../deps.ts'
import { type RefreshTokenContent, readRefreshToken } from '../domain/refresh-token.ts'
import { answeredUntil, endOf, judgeRefresh } from '../domain/token-family.ts'
import { userCheckOf } from '../domain/user-check.ts'
import { readAccessToken } from '../jwt.ts'

const INACTIVE: Introspection = { active: false }

export async function introspect(
  deps: IssuerDeps,
  { token, client_id }: { readonly token: string; readonly client_id: string },
  context: RequestContext,
): Promise<Introspection> {
  const refreshToken = readRefreshToken(deps.keyring, token)
  return refreshToken
    ? introspectRefreshToken(deps, refreshToken, client_id, context)
    : introspectAccessToken(deps, token, client_id, context)
}

/** Active is what a refresh would be answered to, and its user too would be let through. */
async function introspectRefreshToken(
  deps: IssuerDeps,
  presented: RefreshTokenContent,
  client_id: string,
  { requestId }: RequestContext,
): Promise<Introspection> {
  const { bus, clock, issuer, tokens } = deps
  const { state } = await load(bus, tokenFamilies, presented.family)
  const lives = livesOf(tokens)
  try {
    const { generation } = presented
    const { outcome, family } = judgeRefresh(state, {
      type: 'RefreshFamily',
      client_id,
      generation,
      lives,
      at: clock(),
    })
    if (outcome === 'reuse') return INACTIVE
    await call(bus, checkUser, userCheckOf(family), { requestId, now: clock() })
    const { sub, resource, scopes, auth_time, refreshed_at } = family
    return {
      active: true,
      iss: issuer,
      sub,
      aud: resource,
      client_id,
      scope: formatScope(scopes),
      exp: Math.floor(Math.min(endOf(family, lives), answeredUntil(family, generation)) / 1000),
      ...(outcome === 'rotate' ? { iat: Math.floor(refreshed_at / 1000) } : {}),
      sid: family.family,
      auth_time,
    }
  } catch (error) {
    if (error instanceof Refusal) return INACTIVE
    throw error
  }
}

/** Active is what a proxy would let through. */
async function introspectAccessToken(
  deps: IssuerDeps,
  token: string,
  client_id: string,
  context: RequestContext,
): Promise<Introspection> {
  const { clock, issuer, keys } = deps
  const jwks = await keys.jwks('access-token')
  const claims = await readAccessToken(token, { jwks, issuer, now: clock() })
  if (claims?.client_id !== client_id || (await isRevoked(deps, claims, context))) return INACTIVE
  const { iss, sub, aud, scope, exp, iat, jti, sid, auth_time } = claims
  const family = sid === undefined ? {} : { sid }
  const signIn = auth_time === undefined ? {} : { auth_time }
  return { active: true, iss, sub, aud, client_id, scope, exp, iat, token_type: 'Bearer', jti, ...family, ...signIn }
}

/** Not before this replica has seen every revocation that was stored when it was asked. */
async function isRevoked(
  { bus, clock, revocations }: IssuerDeps,
  claims: AccessTokenClaims,
  { deadline }: RequestContext,
): Promise<boolean> {
  const [family, ...last] = await Promise.all([
    claims.sid === undefined ? undefined : load(bus, tokenFamilies, claims.sid),
    ...REVOCATION_KINDS.map((kind) => bus.last(revocationSubject(kind))),
  ])
  if (family?.state.status === 'revoked') return true
  await revocations.reached(Math.max(...last.map((message) => message?.sequence ?? 0)), deadline - clock())
  return revocations.concerns(claims)
}
