/** From the configured provider and its preset to the settings that a login needs; complete, or a list of what is missing. */
import type { Secret } from '@gateway/kernel'
import { type ClaimMapping, CUSTOM_CLAIMS, OIDC_CLAIMS } from './claims.ts'
import { type Endpoints, OIDC_SCOPES, type ProviderKeys, type ProviderRow } from './providers/provider.ts'
import { rowOf } from './providers/table.ts'

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
  readonly revocation_url?: string | undefined
  readonly extra_params: Readonly<Record<string, string>>
  readonly domain?: string | undefined
  readonly tenant?: string | undefined
  readonly realm?: string | undefined
  readonly audience?: string | undefined
  readonly claims?: ConfiguredClaims | undefined
  readonly client_authentication?: ClientAuthentication | undefined
  readonly private_key?: Secret | undefined
  readonly private_key_id?: string | undefined
  readonly tls_certificate?: string | undefined
  readonly tls_key?: Secret | undefined
  readonly allow_insecure: boolean
}

export type ConfiguredClaims = {
  readonly [Piece in 'id' | 'name' | 'email' | 'email_verified' | 'picture' | 'groups']?: readonly string[] | undefined
}

export type ClientAuthentication =
  | 'client_secret_post'
  | 'client_secret_basic'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'none'

/** How the gateway proves itself at the provider; which of them is used is decided with the provider's metadata. */
export interface ClientProof {
  readonly method: ClientAuthentication | undefined
  readonly secret: Secret | undefined
  /** In PEM form. */
  readonly privateKey: Secret | undefined
  readonly privateKeyId: string | undefined
  readonly tls: { readonly certificate: string; readonly key: Secret } | undefined
}

export interface ProviderSettings {
  readonly id: string
  readonly row: ProviderRow
  readonly keys: ProviderKeys
  /** For people: "Sign in with …". */
  readonly name: string
  readonly clientId: string
  readonly proof: ClientProof
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
  const row = rowOf(id)
  const explicit: Endpoints = {
    authorization: configured.authorization_url,
    token: configured.token_url,
    userinfo: configured.userinfo_url,
    jwks: configured.jwks_url,
    revocation: configured.revocation_url,
  }
  const keys = keysOf(configured)
  const issuer = configured.issuer ?? (isComplete(explicit) ? undefined : row.issuer?.(keys))
  const usual = issuer === undefined ? CUSTOM_CLAIMS : OIDC_CLAIMS
  const settings: ProviderSettings = {
    id,
    row,
    keys,
    name: row.name,
    clientId: configured.client_id,
    proof: proofOf(configured),
    issuer,
    endpoints: merged(row.endpoints?.(keys), explicit),
    scopes: scopesOf(configured.scopes ?? row.scopes, issuer !== undefined),
    claims: { ...usual, ...row.claims, ...mappingOf(configured.claims) },
    extraParams: {
      ...row.parameters?.(keys),
      ...(configured.audience === undefined ? {} : { audience: configured.audience }),
      ...configured.extra_params,
    },
    allowInsecure: configured.allow_insecure,
  }
  return { settings, problems: problemsOf(settings) }
}

/** Three explicit addresses and no issuer are plain OAuth 2.0, as they always were, whatever the provider could do besides. */
function isComplete({ authorization, token, userinfo }: Endpoints): boolean {
  return authorization !== undefined && token !== undefined && userinfo !== undefined
}

function keysOf({ domain, tenant, realm, scopes, extra_params }: ConfiguredProvider): ProviderKeys {
  return { domain, tenant, realm, scopes, extraParams: extra_params }
}

function proofOf(configured: ConfiguredProvider): ClientProof {
  const { tls_certificate: certificate, tls_key: key } = configured
  return {
    method: configured.client_authentication,
    secret: configured.client_secret,
    privateKey: configured.private_key,
    privateKeyId: configured.private_key_id,
    tls: certificate === undefined || key === undefined ? undefined : { certificate, key },
  }
}

function mappingOf({ email_verified, ...claims }: ConfiguredClaims = {}): Partial<ClaimMapping> {
  const given = Object.entries({ ...claims, emailVerified: email_verified }).filter(([, names]) => names !== undefined)
  return Object.fromEntries(given) as Partial<ClaimMapping>
}

function merged(known: Endpoints = {}, explicit: Endpoints): Endpoints {
  return {
    authorization: explicit.authorization ?? known.authorization,
    token: explicit.token ?? known.token,
    userinfo: explicit.userinfo ?? known.userinfo,
    jwks: explicit.jwks ?? known.jwks,
    revocation: explicit.revocation ?? known.revocation,
  }
}

/** OpenID Connect Core §3.1.2.1: without `openid` there is no ID token. */
function scopesOf(wanted: readonly string[], oidc: boolean): readonly string[] {
  if (!oidc) return wanted
  if (wanted.length === 0) return OIDC_SCOPES
  return wanted.includes('openid') ? wanted : ['openid', ...wanted]
}

function problemsOf(settings: ProviderSettings): readonly string[] {
  const at = `oauth_providers.${settings.id}`
  const problems = (settings.row.problems?.(settings.keys) ?? []).map((problem) => `${at}: ${problem}`)
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
