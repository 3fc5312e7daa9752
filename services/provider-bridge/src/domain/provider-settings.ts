/** From the configured provider and its preset to the settings that a login needs; complete, or a list of what is missing. */
import type { Secret } from '@gateway/kernel'
import {
  type ClaimMapping,
  CUSTOM_CLAIMS,
  type Endpoints,
  OIDC_CLAIMS,
  OIDC_SCOPES,
  type ProviderPreset,
  presets,
} from './providers.ts'

/** The part of a configured provider that is read here. */
export interface ConfiguredProvider {
  readonly client_id: string
  readonly client_secret?: Secret | undefined
  readonly scopes?: readonly string[] | undefined
  readonly issuer?: string | undefined
  readonly authorization_url?: string | undefined
  readonly token_url?: string | undefined
  readonly userinfo_url?: string | undefined
  readonly jwks_url?: string | undefined
  readonly extra_params: Readonly<Record<string, string>>
  readonly domain?: string | undefined
  readonly allow_insecure: boolean
}

export interface ProviderSettings {
  readonly id: string
  /** For people: "Sign in with …". */
  readonly name: string
  readonly clientId: string
  readonly clientSecret: Secret | undefined
  /** Present: OpenID Connect, whose ID token is verified. Absent: OAuth 2.0, whose userinfo answer says who it is. */
  readonly issuer: string | undefined
  /** They override what discovery finds. */
  readonly endpoints: Endpoints
  readonly scopes: readonly string[]
  readonly claims: ClaimMapping
  readonly extraParams: Readonly<Record<string, string>>
  /** `http` beyond this machine. */
  readonly allowInsecure: boolean
}

/** Empty `problems`: the settings are usable. */
export function providerSettings(
  id: string,
  configured: ConfiguredProvider,
): { readonly settings: ProviderSettings; readonly problems: readonly string[] } {
  const preset = Object.hasOwn(presets, id) ? presets[id] : undefined
  const explicit: Endpoints = {
    authorization: configured.authorization_url,
    token: configured.token_url,
    userinfo: configured.userinfo_url,
    jwks: configured.jwks_url,
  }
  const issuer = configured.issuer ?? (isComplete(explicit) ? undefined : presetIssuer(preset, configured.domain))
  const settings: ProviderSettings = {
    id,
    name: preset?.name ?? id,
    clientId: configured.client_id,
    clientSecret: configured.client_secret,
    issuer,
    endpoints: merged(preset?.endpoints, explicit),
    scopes: scopesOf(configured.scopes ?? preset?.scopes, issuer !== undefined),
    claims: issuer === undefined ? (preset?.claims ?? CUSTOM_CLAIMS) : OIDC_CLAIMS,
    extraParams: configured.extra_params,
    allowInsecure: configured.allow_insecure,
  }
  return { settings, problems: problemsOf(settings) }
}

/** Three explicit addresses and no issuer are plain OAuth 2.0, as they always were, whatever the provider could do besides. */
function isComplete({ authorization, token, userinfo }: Endpoints): boolean {
  return authorization !== undefined && token !== undefined && userinfo !== undefined
}

/** `domain` is given with and without scheme and slash. */
function presetIssuer(preset: ProviderPreset | undefined, domain: string | undefined): string | undefined {
  return preset?.issuer?.({ domain: domain?.replace(/^https?:\/\//, '').replace(/\/+$/, '') })
}

function merged(preset: Endpoints = {}, explicit: Endpoints): Endpoints {
  return {
    authorization: explicit.authorization ?? preset.authorization,
    token: explicit.token ?? preset.token,
    userinfo: explicit.userinfo ?? preset.userinfo,
    jwks: explicit.jwks ?? preset.jwks,
  }
}

/** OpenID Connect Core §3.1.2.1: without `openid` there is no ID token. */
function scopesOf(wanted: readonly string[] | undefined, oidc: boolean): readonly string[] {
  if (!oidc) return wanted ?? []
  const scopes = wanted ?? OIDC_SCOPES
  return scopes.includes('openid') ? scopes : ['openid', ...scopes]
}

function problemsOf(settings: ProviderSettings): readonly string[] {
  const at = `oauth_providers.${settings.id}`
  const problems: string[] = []
  if (settings.issuer === undefined && !isComplete(settings.endpoints)) {
    problems.push(`${at}: needs issuer, or authorization_url, token_url and userinfo_url`)
  }
  const urls = { issuer: settings.issuer, ...settings.endpoints }
  for (const [name, value] of Object.entries(urls)) {
    if (value !== undefined && !isAcceptable(value, settings.allowInsecure)) {
      problems.push(`${at}: ${name} must be an https URL (http only on this machine, or with allow_insecure: true)`)
    }
  }
  return problems
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether the gateway may talk to this address in the clear or over TLS. */
export function isAcceptable(value: string, allowInsecure: boolean): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hostname } = new URL(value)
  return protocol === 'https:' || (protocol === 'http:' && (allowInsecure || LOOPBACK.has(hostname)))
}
