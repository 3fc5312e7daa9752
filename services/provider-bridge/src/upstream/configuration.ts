/**
 * What is known of the provider: discovered and overridden by what is configured, kept for an hour. A provider that cannot be
 * read anew goes on being used as it was known; one that was never read is an outage.
 */
import type { Clock } from '@gateway/kernel'
import type { Logger } from '@gateway/service'
import * as client from 'openid-client'
import { isAcceptable, type ProviderSettings } from '../domain/provider-settings.ts'
import { clientProof } from './client-proof.ts'
import { discover, isTemplate, withTenantIssuers } from './discovery.ts'
import { guardedFetch, type Origins, outage, TIMEOUT_SECONDS } from './guarded-fetch.ts'
import { correctedTokenAnswers, type Renewals } from './token-answers.ts'

const FRESH_MS = 60 * 60_000
/** How far the provider's clock may be from ours. */
const CLOCK_TOLERANCE_SECONDS = 30
/** After a failed refresh, so that a provider that is down does not slow every login. */
const RETRY_MS = 60_000

export interface ConfigurationSource {
  /** @throws Unavailable `identity provider` */
  get(): Promise<client.Configuration>
  /** Why the provider could not be read the last time; undefined when it could, or has not been asked. */
  problem(): string | undefined
}

export function configurationSource(
  settings: ProviderSettings,
  renewals: Renewals,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): ConfigurationSource {
  let known: client.Configuration | undefined
  let dueAt = 0
  let reading: Promise<client.Configuration> | undefined
  let problem: string | undefined

  async function read(): Promise<client.Configuration> {
    try {
      known = await readConfiguration(settings, renewals)
      dueAt = clock() + FRESH_MS
      problem = undefined
      return known
    } catch (cause) {
      problem = settings.issuer === undefined ? 'not usable' : 'its metadata cannot be read'
      const { message: reason } = cause as Error
      log.warn({ provider: settings.id, reason, known: known !== undefined }, 'the identity provider cannot be read')
      if (!known) throw outage(cause)
      dueAt = clock() + RETRY_MS
      return known
    } finally {
      reading = undefined
    }
  }

  return {
    async get() {
      if (known && clock() < dueAt) return known
      reading ??= read()
      return reading
    },
    problem: () => problem,
  }
}

/** Discovered, unless every address is configured. */
async function readConfiguration(settings: ProviderSettings, renewals: Renewals): Promise<client.Configuration> {
  const { issuer, endpoints, row, proof } = settings
  const origins: Origins = new Set()
  trust(origins, [issuer, ...Object.values(endpoints)])
  const fetcher = guardedFetch(origins, { allowInsecure: settings.allowInsecure, tls: proof.tls })
  const isKnown = endpoints.authorization && endpoints.token && (issuer === undefined || endpoints.jwks)
  const discovered = issuer !== undefined && !isKnown ? await discover({ ...settings, issuer }, fetcher) : undefined
  const metadata = overridden(settings, discovered)
  assertUsable(metadata, settings)
  const { token_endpoint, userinfo_endpoint, jwks_uri, revocation_endpoint } = metadata
  trust(origins, [token_endpoint, userinfo_endpoint, jwks_uri, revocation_endpoint])
  trust(origins, Object.values(metadata.mtls_endpoint_aliases ?? {}))

  const configuration = new client.Configuration(
    isTemplate(metadata.issuer) ? withTenantIssuers(metadata) : metadata,
    settings.clientId,
    { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS, use_mtls_endpoint_aliases: proof.tls !== undefined },
    clientProof(settings, metadata, discovered),
  )
  configuration.timeout = TIMEOUT_SECONDS
  const corrections = { withoutIdTokens: issuer === undefined, errors: row.tokenErrors ?? {}, renewals }
  configuration[client.customFetch] = correctedTokenAnswers(fetcher, corrections)
  if (issuer !== undefined) client.enableNonRepudiationChecks(configuration)
  if (usesHttp(metadata)) client.allowInsecureRequests(configuration)
  return configuration
}

/** A document that lacks an address, or names one in the clear, is no better than none. */
function assertUsable(metadata: client.ServerMetadata, { issuer, allowInsecure }: ProviderSettings): void {
  const { authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri } = metadata
  const { revocation_endpoint, end_session_endpoint } = metadata
  const needed = {
    authorization_endpoint,
    token_endpoint,
    ...(issuer === undefined ? { userinfo_endpoint } : { jwks_uri }),
  }
  const optional = { userinfo_endpoint, revocation_endpoint, end_session_endpoint }
  for (const [name, url] of Object.entries({ ...optional, ...needed })) {
    if (url === undefined && !(name in needed)) continue
    if (url === undefined || !isAcceptable(url, allowInsecure)) throw new Error(`${name} is missing or insecure`)
  }
}

/** Signatures that are accepted of a provider that was not discovered and so does not say which it makes. */
const SIGNATURES = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

function overridden(
  { issuer, endpoints }: ProviderSettings,
  discovered?: client.ServerMetadata,
): client.ServerMetadata {
  const { authorization, token, userinfo, jwks, revocation } = endpoints
  return {
    ...(discovered ?? { id_token_signing_alg_values_supported: SIGNATURES }),
    // Plain OAuth 2.0 has no issuer to compare anything with; the library wants the field.
    issuer: discovered?.issuer ?? issuer ?? new URL(authorization ?? '').origin,
    ...(authorization === undefined ? {} : { authorization_endpoint: authorization }),
    ...(token === undefined ? {} : { token_endpoint: token }),
    ...(userinfo === undefined ? {} : { userinfo_endpoint: userinfo }),
    ...(jwks === undefined ? {} : { jwks_uri: jwks }),
    ...(revocation === undefined ? {} : { revocation_endpoint: revocation }),
  }
}

function trust(origins: Origins, urls: readonly (string | undefined)[]): void {
  for (const url of urls) if (url !== undefined && URL.canParse(url)) origins.add(new URL(url).origin)
}

/** Which addresses may be `http` at all is decided before (settings) and at each request (`guardedFetch`). */
function usesHttp({
  authorization_endpoint,
  token_endpoint,
  userinfo_endpoint,
  jwks_uri,
  revocation_endpoint,
}: client.ServerMetadata): boolean {
  return [authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri, revocation_endpoint].some((url) =>
    url?.startsWith('http:'),
  )
}
