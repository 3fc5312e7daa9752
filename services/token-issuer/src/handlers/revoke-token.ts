/** Revocation (RFC 7009 §2.1 and §2.2). */
import { handle, type RequestContext } from '@gateway/bus'
import { type IssuerDeps, tokenFamilies } from '../deps.ts'
import { readRefreshToken } from '../domain/refresh-token.ts'
import { readAccessToken } from '../jwt.ts'
import { publishRevokedFamily, publishRevokedToken } from './revocation.ts'

/**
 * A refresh token of any generation ends its family, an access token itself. What is unknown, dead, or another client's
 * changes nothing and is answered the same, so that nobody can probe (advisory: wrong client). Proxies have been told when
 * this resolves.
 */
export async function revoke(
  deps: IssuerDeps,
  { token, client_id }: { readonly token: string; readonly client_id: string },
  context: RequestContext,
): Promise<Record<string, never>> {
  const refreshToken = readRefreshToken(deps.keyring, token)
  if (refreshToken) await revokeFamily(deps, refreshToken.family, client_id, context)
  else await revokeAccessToken(deps, token, client_id)
  return {}
}

async function revokeFamily(
  { bus, clock }: IssuerDeps,
  family: string,
  client_id: string,
  { requestId }: RequestContext,
): Promise<void> {
  const at = clock()
  const command = { type: 'RevokeFamily', client_id, reason: 'client_request', at } as const
  const { state } = await handle(bus, tokenFamilies, family, command, { requestId, actor: `client:${client_id}`, at })
  if (state.status === 'revoked' && state.client_id === client_id) await publishRevokedFamily(bus, state)
}

async function revokeAccessToken(
  { bus, clock, keys, issuer }: IssuerDeps,
  token: string,
  client_id: string,
): Promise<void> {
  const now = clock()
  const claims = await readAccessToken(token, { jwks: keys.accessTokenKeys, issuer, now })
  if (claims?.client_id === client_id) await publishRevokedToken(bus, claims, now)
}
