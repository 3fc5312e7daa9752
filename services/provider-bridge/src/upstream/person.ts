/** Who somebody is, from what the provider's answers say: the ID token, the userinfo answer and what completes it. */
import * as client from 'openid-client'
import type { Claims } from '../domain/claims.ts'
import type { ProviderSettings } from '../domain/provider-settings.ts'
import type { Failure } from './failures.ts'

export interface Described {
  readonly claims: Claims
  /** Everything that a sign-in would say is said; else what is missing may still be true. */
  readonly complete: boolean
}

/**
 * `idToken`: the claims of a verified one. Userinfo adds to it and must be about the same `sub` (OpenID Connect Core §5.3.2);
 * `sub` is the one known from before where a refresh brought no ID token.
 */
export async function describeOidc(
  configuration: client.Configuration,
  accessToken: string,
  { idToken, sub }: { readonly idToken: Claims | undefined; readonly sub: string },
): Promise<Described> {
  const hasUserinfo = configuration.serverMetadata().userinfo_endpoint !== undefined
  const userinfo = hasUserinfo ? await client.fetchUserInfo(configuration, accessToken, sub) : {}
  return { claims: { sub, ...idToken, ...userinfo }, complete: idToken !== undefined }
}

/** Without an ID token the userinfo answer alone says who it is. */
export async function describeOAuth(
  configuration: client.Configuration,
  settings: ProviderSettings,
  accessToken: string,
): Promise<Described | Failure> {
  const address = configuration.serverMetadata().userinfo_endpoint ?? ''
  const userinfo = await read(configuration, accessToken, address)
  if (userinfo.status !== 200) {
    const reason = userinfo.status === 401 ? 'token_refused' : 'provider_error'
    return { reason, code: `status ${userinfo.status}` }
  }
  if (!isObject(userinfo.body)) return { reason: 'answer_invalid', code: 'userinfo is no object' }
  let claims: Claims = userinfo.body
  for (const supplement of settings.row.supplements?.({ ...settings.keys, scopes: settings.scopes }) ?? []) {
    const { status, body } = await read(configuration, accessToken, `${address}${supplement.path}`)
    if (status === 200) claims = supplement.add(claims, body)
  }
  return { claims, complete: true }
}

async function read(configuration: client.Configuration, accessToken: string, address: string) {
  const headers = new Headers({ accept: 'application/json' })
  const answer = await client
    .fetchProtectedResource(configuration, accessToken, new URL(address), 'GET', null, headers)
    .catch((error: unknown) => {
      if (error instanceof client.WWWAuthenticateChallengeError) return error.response
      throw error
    })
  const body: unknown = answer.status === 200 ? await answer.json().catch(() => undefined) : undefined
  return { status: answer.status, body }
}

const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
