/** What differs between identity providers, as one row of `table.ts`; everything else is the protocol's, and the same for all. */
import type { People } from '../access.ts'
import type { ClaimMapping, Claims } from '../claims.ts'

export interface Endpoints {
  readonly authorization?: string | undefined
  readonly token?: string | undefined
  readonly userinfo?: string | undefined
  readonly jwks?: string | undefined
  readonly revocation?: string | undefined
}

/** The keys of the configuration from which a row derives addresses and parameters. */
export interface ProviderKeys {
  /** Of a server: with or without scheme, slash and path. */
  readonly domain?: string | undefined
  readonly tenant?: string | undefined
  readonly realm?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly extraParams: Readonly<Record<string, string>>
}

export interface ProviderRow {
  /** As people know it. */
  readonly name: string
  /** What is asked for when the configuration names no scopes. */
  readonly scopes: readonly string[]
  /** The OpenID Connect issuer; undefined when the configuration does not say enough to know it. */
  readonly issuer?: (keys: ProviderKeys) => string | undefined
  /** Of a provider that knows no discovery. */
  readonly endpoints?: (keys: ProviderKeys) => Endpoints
  /** Other than {@link ClaimMapping}s usual for the protocol. */
  readonly claims?: Partial<ClaimMapping>
  /** Added to the authorization request; the configuration's `extra_params` win. */
  readonly parameters?: (keys: ProviderKeys) => Readonly<Record<string, string>>
  /** What can never work. */
  readonly problems?: (keys: ProviderKeys) => readonly string[]
  /** Whether the metadata found at issuer `configured` may name `told` instead (beside itself). */
  readonly mayTellIssuer?: (configured: string, told: string) => boolean
  /** Error codes of the token endpoint that mean one of RFC 6749 §5.2. */
  readonly tokenErrors?: Readonly<Record<string, string>>
  /** Access tokens do not end by themselves: as long as they are taken, the person is known there. */
  readonly endlessTokens?: boolean
  /** What the assertions of `private_key_jwt` are addressed to, where it is not the issuer. */
  readonly assertionAudience?: 'token endpoint'
  /** Asked after the userinfo answer. */
  readonly supplements?: (keys: ProviderKeys) => readonly Supplement[]
  /** How a token is ended where neither RFC 7009 nor a discovery document says it. */
  readonly revocation?: (userinfo: string, client: RevokingClient, accessToken: string) => RevocationRequest
  /** Whether the answer leaves groups out that the person has. */
  readonly leavesGroupsOut?: (claims: Claims) => boolean
  /** What keeping to `domain` or the like demands of everybody. */
  readonly admits?: (keys: ProviderKeys) => People | undefined
  /** Who may sign in when no access rule says otherwise, where that is more than one organisation. */
  readonly openTo?: (keys: ProviderKeys) => string | undefined
}

/** A further question after the userinfo one, answered by a list, which completes the claims. */
export interface Supplement {
  /** Beside the userinfo address, which it is given. */
  readonly address: (userinfo: string) => string
  /** Absent: always asked. */
  readonly isNeeded?: (claims: Claims) => boolean
  /** Absent: the list is the answer itself, and RFC 8288's link `next` leads to its next page. */
  readonly paging?: (page: Claims) => { readonly list: unknown; readonly next: unknown }
  add(claims: Claims, listed: Listed): Claims
}

export interface Listed {
  readonly entries: readonly Claims[]
  /** False: refused, no list, or longer than is read. */
  readonly whole: boolean
}

export interface RevokingClient {
  readonly id: string
  readonly secret: string
}

export interface RevocationRequest {
  readonly method: 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const OIDC_SCOPES = ['openid', 'email', 'profile'] as const

/** `https` unless the operator wrote `http`, without the slash at its end. */
export function baseOf(domain: string | undefined): string | undefined {
  if (domain === undefined) return undefined
  return (/^https?:\/\//.test(domain) ? domain : `https://${domain}`).replace(/\/+$/, '')
}

/** Without scheme and slash: a name, not an address. */
export function hostOf(domain: string | undefined): string | undefined {
  return domain?.replace(/^https?:\/\//, '').replace(/\/+$/, '')
}
