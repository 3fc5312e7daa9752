/**
 * The identity provider, as two questions: where to send the browser, and who came back. Authorization code flow with PKCE,
 * `state` and `nonce`, always (RFC 6749 §4.1, RFC 7636, OpenID Connect Core §3.1, RFC 9207).
 */
import type { Clock } from '@gateway/kernel'
import type { Logger } from '@gateway/service'
import * as client from 'openid-client'
import type { ProviderSettings } from '../domain/provider-settings.ts'
import type { UpstreamTokens } from '../people.ts'
import { type ConfigurationSource, configurationSource } from './configuration.ts'
import { type Failure, failureOf } from './failures.ts'

/** What only the browser that began a login brings back, sealed. */
export interface LoginSecrets {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** OpenID Connect Core §3.1.2.1: asked for, hence checked against `auth_time`. */
  readonly maxAge?: number | undefined
}

interface LoginWishes {
  readonly prompt?: string | undefined
  readonly login_hint?: string | undefined
}

export interface Person {
  readonly claims: Readonly<Record<string, unknown>>
  readonly tokens: UpstreamTokens
}

export interface Provider {
  readonly settings: ProviderSettings
  /** @throws Unavailable `identity provider` */
  authorizationUrl(secrets: LoginSecrets, wishes: LoginWishes): Promise<string>
  /** @throws Unavailable `identity provider` */
  redeem(query: string, secrets: LoginSecrets): Promise<Person | Failure>
  /** Why the provider could not be read the last time. */
  problem(): string | undefined
}

export function createProvider(
  settings: ProviderSettings,
  redirectUri: string,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Provider {
  const source = configurationSource(settings, clock, log)
  return {
    settings,
    problem: () => source.problem(),
    authorizationUrl: (secrets, wishes) => authorizationUrl(source, settings, redirectUri, secrets, wishes),
    async redeem(query, secrets) {
      const configuration = await source.get()
      const callback = new URL(`${redirectUri}?${query}`)
      try {
        if (settings.issuer === undefined) return await redeemOAuth(configuration, callback, secrets, clock)
        return await redeemOidc(configuration, callback, secrets, clock)
      } catch (error) {
        return failureOf(error)
      }
    },
  }
}

async function authorizationUrl(
  source: ConfigurationSource,
  settings: ProviderSettings,
  redirectUri: string,
  secrets: LoginSecrets,
  wishes: LoginWishes,
): Promise<string> {
  const url = client.buildAuthorizationUrl(await source.get(), {})
  const asked = {
    ...settings.extraParams,
    ...(settings.scopes.length > 0 ? { scope: settings.scopes.join(' ') } : {}),
    ...wishes,
    max_age: secrets.maxAge?.toString(),
    // Last, so that neither the configuration nor the address itself can replace them.
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: redirectUri,
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

/** The ID token is verified, its signature too; userinfo adds to it and must be about the same `sub` (Core §5.3.2). */
async function redeemOidc(
  configuration: client.Configuration,
  callback: URL,
  secrets: LoginSecrets,
  clock: Clock,
): Promise<Person> {
  const answer = await client.authorizationCodeGrant(configuration, callback, {
    expectedState: secrets.state,
    expectedNonce: secrets.nonce,
    pkceCodeVerifier: secrets.verifier,
    idTokenExpected: true,
    ...(secrets.maxAge === undefined ? {} : { maxAge: secrets.maxAge }),
  })
  const claims = answer.claims() ?? { sub: '' }
  const hasUserinfo = configuration.serverMetadata().userinfo_endpoint !== undefined
  const userinfo = hasUserinfo ? await client.fetchUserInfo(configuration, answer.access_token, claims.sub) : {}
  return { claims: { ...claims, ...userinfo }, tokens: tokensOf(answer, clock) }
}

/** Without an issuer there is nothing to compare an `iss` with (RFC 9207 §2.4), and the userinfo answer alone says who it is. */
async function redeemOAuth(
  configuration: client.Configuration,
  callback: URL,
  secrets: LoginSecrets,
  clock: Clock,
): Promise<Person | Failure> {
  callback.searchParams.delete('iss')
  const answer = await client.authorizationCodeGrant(configuration, callback, {
    expectedState: secrets.state,
    pkceCodeVerifier: secrets.verifier,
  })
  const url = new URL(configuration.serverMetadata().userinfo_endpoint ?? '')
  const headers = new Headers({ accept: 'application/json' })
  const userinfo = await client.fetchProtectedResource(configuration, answer.access_token, url, 'GET', null, headers)
  if (userinfo.status !== 200) return { reason: 'provider_error', code: `status ${userinfo.status}` }
  const claims: unknown = await userinfo.json().catch(() => undefined)
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    return { reason: 'answer_invalid', code: 'userinfo is no object' }
  }
  return { claims: claims as Record<string, unknown>, tokens: tokensOf(answer, clock) }
}

function tokensOf(answer: client.TokenEndpointResponse, clock: Clock): UpstreamTokens {
  return {
    access_token: answer.access_token,
    refresh_token: answer.refresh_token,
    scope: answer.scope,
    expires_at: answer.expires_in === undefined ? undefined : clock() + answer.expires_in * 1000,
  }
}
