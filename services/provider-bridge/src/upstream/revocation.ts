/** The end of what the provider gave: RFC 7009 where the provider speaks it, else as the provider's own API wants it. */
import * as client from 'openid-client'
import type { ProviderSettings } from '../domain/provider-settings.ts'
import type { Failure } from './failures.ts'

export interface RevocableTokens {
  readonly access_token: string
  readonly refresh_token?: string | undefined
}

/** The refresh token, which ends what depends on it (RFC 7009 §2.1); where there is none, the access token. */
export async function revoke(
  configuration: client.Configuration,
  { row, proof, clientId }: ProviderSettings,
  { access_token, refresh_token }: RevocableTokens,
): Promise<Failure | undefined> {
  const { revocation_endpoint, userinfo_endpoint } = configuration.serverMetadata()
  if (revocation_endpoint !== undefined) {
    const token_type_hint = refresh_token === undefined ? 'access_token' : 'refresh_token'
    await client.tokenRevocation(configuration, refresh_token ?? access_token, { token_type_hint })
    return undefined
  }
  const own = { id: clientId, secret: proof.secret?.open() ?? '' }
  const request = userinfo_endpoint === undefined ? undefined : row.revocation?.(userinfo_endpoint, own, access_token)
  const fetcher = configuration[client.customFetch]
  if (!request || !fetcher) return undefined
  const { url, ...options } = request
  const { ok, status } = await fetcher(url, { ...options, headers: { ...options.headers }, redirect: 'manual' })
  return ok ? undefined : { reason: 'provider_error', code: `status ${status}` }
}
