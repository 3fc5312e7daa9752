/**
 * The identity provider, as questions: where to send the browser, who came back, whether somebody is still known, and how to
 * leave. Authorization code flow with PKCE, `state` and `nonce`, always (RFC 6749 §4.1, RFC 7636, OpenID Connect Core §3.1,
 * RFC 9207).
 */
import type { Clock } from '@gateway/kernel'
import type { Logger } from '@gateway/service'
import * as client from 'openid-client'
import type { Claims } from '../domain/claims.ts'
import type { ProviderSettings } from '../domain/provider-settings.ts'
import { speaksOf } from './access-token-hash.ts'
import { readPrivateKey } from './client-proof.ts'
import { type ConfigurationSource, configurationSource } from './configuration.ts'
import { isTemplate } from './discovery.ts'
import { type Failure, failureOf } from './failures.ts'
import { type Described, describeOAuth, describeOidc } from './person.ts'
import { type RevocableTokens, revoke } from './revocation.ts'
import type { Renewals } from './token-answers.ts'
import { type TokenAnswer, tokensOf } from './tokens.ts'

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

export interface Person extends Described {
  /** The `sub` that the ID token vouches for; absent in plain OAuth 2.0. */
  readonly subject: string | undefined
  readonly tokens: TokenAnswer
}

export interface Renewed {
  readonly accessToken: string
  /** Of the ID token, where there was one and it checks out. */
  readonly idToken: Claims | undefined
}

/** Each throws Unavailable `identity provider`. */
export interface Provider {
  readonly settings: ProviderSettings
  authorizationUrl(secrets: LoginSecrets, wishes: LoginWishes): Promise<string>
  redeem(query: string, secrets: LoginSecrets): Promise<Person | Failure>
  /** RFC 6749 §6. `keep` is given what came, and waited for, before anything of it is judged: keys may have to be asked for. */
  renew(refreshToken: string, keep: (tokens: TokenAnswer) => Promise<void>): Promise<Renewed | Failure>
  /** `subject`: the one from the sign-in; OpenID Connect Core §12.2 and §5.3.2 want it to be the same. */
  describe(accessToken: string, subject: string | undefined, idToken: Claims | undefined): Promise<Described | Failure>
  /** RFC 7009, or the provider's own way. Undefined: done, or there is no way; else why not. */
  revoke(tokens: RevocableTokens): Promise<Failure | undefined>
  /** OpenID Connect RP-Initiated Logout §2; undefined where the provider has no such place. */
  endSessionUrl(parameters: Readonly<Record<string, string>>): Promise<string | undefined>
  /** Why the provider could not be read the last time. */
  problem(): string | undefined
}

/** @throws Misconfigured when a key is of no use */
export function createProvider(
  settings: ProviderSettings,
  redirectUri: string,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Provider {
  if (settings.proof.privateKey) readPrivateKey(settings.id, settings.proof.privateKey.open())
  const renewals: Renewals = new Map()
  const source = configurationSource(settings, renewals, { clock, log })
  const isOidc = settings.issuer !== undefined
  const asked = async <T>(ask: (configuration: client.Configuration) => Promise<T | Failure>): Promise<T | Failure> => {
    const configuration = await source.get()
    return ask(configuration).catch(failureOf)
  }
  return {
    settings,
    problem: () => source.problem(),
    authorizationUrl: (secrets, wishes) => authorizationUrl(source, settings, redirectUri, secrets, wishes),
    redeem: (query, secrets) =>
      asked((configuration) => redeem(configuration, settings, new URL(`${redirectUri}?${query}`), secrets, clock)),
    renew: (refreshToken, keep) =>
      asked(async (configuration) => {
        renewals.set(refreshToken, async (answer) => {
          const tokens = tokensOf(answer, clock)
          if (tokens) await keep(tokens)
        })
        try {
          const answer = await client.refreshTokenGrant(configuration, refreshToken)
          return isOfAnother(answer) ?? { accessToken: answer.access_token, idToken: answer.claims() }
        } finally {
          renewals.delete(refreshToken)
        }
      }),
    describe: (accessToken, subject, idToken) =>
      asked(async (configuration) => {
        if (!isOidc) return describeOAuth(configuration, settings, accessToken)
        const isSame = subject !== undefined && (idToken === undefined || idToken['sub'] === subject)
        if (!isSame) return { reason: 'answer_invalid', code: 'another subject' }
        return describeOidc(configuration, settings, accessToken, { idToken, sub: subject })
      }),
    revoke: (tokens) => asked((configuration) => revoke(configuration, settings, tokens)),
    async endSessionUrl(parameters) {
      const configuration = await source.get()
      const hasPlace = configuration.serverMetadata().end_session_endpoint !== undefined
      return hasPlace ? client.buildEndSessionUrl(configuration, { ...parameters }).href : undefined
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

/**
 * The ID token is verified, its signature too. RFC 9207 §2.4 compares `iss` with the issuer, so it is passed over where there is
 * none, and where it stands for many, of which the ID token's own is compared.
 */
async function redeem(
  configuration: client.Configuration,
  settings: ProviderSettings,
  callback: URL,
  secrets: LoginSecrets,
  clock: Clock,
): Promise<Person | Failure> {
  const isOidc = settings.issuer !== undefined
  if (!isOidc || isTemplate(configuration.serverMetadata().issuer)) callback.searchParams.delete('iss')
  const answer = await client.authorizationCodeGrant(configuration, callback, {
    expectedState: secrets.state,
    pkceCodeVerifier: secrets.verifier,
    ...(isOidc ? { expectedNonce: secrets.nonce, idTokenExpected: true } : {}),
    ...(isOidc && secrets.maxAge !== undefined ? { maxAge: secrets.maxAge } : {}),
  })
  const tokens = tokensOf(answer, clock)
  const failure = isOfAnother(answer)
  if (failure || !tokens) return failure ?? { reason: 'answer_invalid', code: 'no access token' }
  const idToken = answer.claims()
  const described = isOidc
    ? await describeOidc(configuration, settings, answer.access_token, { idToken, sub: idToken?.sub ?? '' })
    : await describeOAuth(configuration, settings, answer.access_token)
  return 'reason' in described ? described : { ...described, subject: idToken?.sub, tokens }
}

/** An ID token that was put beside an access token of somebody else. */
function isOfAnother({ id_token, access_token }: client.TokenEndpointResponse): Failure | undefined {
  const isOurs = id_token === undefined || speaksOf(id_token, access_token)
  return isOurs ? undefined : { reason: 'answer_invalid', code: 'at_hash' }
}
