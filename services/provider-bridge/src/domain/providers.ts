/**
 * The identity providers whose corners are known, one row each; everything that differs between providers stands here.
 * A provider of another name is a custom one: OpenID Connect when it has an issuer, else OAuth 2.0 with a userinfo address.
 */

/** Where each piece of a profile is looked for, in this order. */
export interface ClaimMapping {
  readonly id: readonly string[]
  readonly name: readonly string[]
  readonly email: readonly string[]
  readonly emailVerified: readonly string[]
  readonly picture: readonly string[]
}

export interface Endpoints {
  readonly authorization?: string | undefined
  readonly token?: string | undefined
  readonly userinfo?: string | undefined
  readonly jwks?: string | undefined
}

export interface ProviderPreset {
  /** As people know it. */
  readonly name: string
  /** The OpenID Connect issuer; undefined when the configuration does not say enough to know it. */
  readonly issuer?: (settings: { readonly domain?: string | undefined }) => string | undefined
  /** Of a provider that knows no discovery. */
  readonly endpoints?: Endpoints
  /** What is asked for when the configuration names no scopes. */
  readonly scopes: readonly string[]
  /** For the userinfo answer of plain OAuth 2.0; OpenID Connect has claims of its own. */
  readonly claims?: ClaimMapping
}

export const OIDC_SCOPES = ['openid', 'email', 'profile'] as const

export const presets: Readonly<Record<string, ProviderPreset>> = {
  google: { name: 'Google', issuer: () => 'https://accounts.google.com', scopes: OIDC_SCOPES },
  okta: { name: 'Okta', issuer: ({ domain }) => domain && `https://${domain}`, scopes: OIDC_SCOPES },
  oidc: { name: 'your organisation', scopes: OIDC_SCOPES },
  github: {
    name: 'GitHub',
    endpoints: {
      authorization: 'https://github.com/login/oauth/authorize',
      token: 'https://github.com/login/oauth/access_token',
      userinfo: 'https://api.github.com/user',
    },
    scopes: ['read:user', 'user:email'],
    claims: { id: ['id'], name: ['name', 'login'], email: ['email'], emailVerified: [], picture: ['avatar_url'] },
  },
}

/** OpenID Connect Core §5.1. The id is `sub` and nothing else: it is the one that the ID token vouches for. */
export const OIDC_CLAIMS: ClaimMapping = {
  id: ['sub'],
  name: ['name', 'preferred_username'],
  email: ['email'],
  emailVerified: ['email_verified'],
  picture: ['picture'],
}

/** What providers of no standard have been seen to call it. */
export const CUSTOM_CLAIMS: ClaimMapping = {
  id: ['id', 'sub', 'user_id'],
  name: ['name', 'display_name', 'username'],
  email: ['email'],
  emailVerified: ['email_verified'],
  picture: ['avatar_url', 'picture', 'profile_image_url'],
}
