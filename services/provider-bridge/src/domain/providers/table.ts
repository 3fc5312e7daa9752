/**
 * The identity providers whose corners are known. A provider of another name is a custom one: OpenID Connect when it has an
 * issuer, else OAuth 2.0 with a userinfo address.
 */
import { auth0 } from './auth0.ts'
import { entra } from './entra.ts'
import { github } from './github.ts'
import { google } from './google.ts'
import { keycloak } from './keycloak.ts'
import { okta } from './okta.ts'
import { OIDC_SCOPES, type ProviderRow } from './provider.ts'

export const providers: Readonly<Record<string, ProviderRow>> = {
  google,
  github,
  okta,
  entra,
  keycloak,
  auth0,
  oidc: { name: 'your organisation', scopes: OIDC_SCOPES },
}

/** The row of `id`, or that of a provider of which nothing is known but its name. */
export function rowOf(id: string): ProviderRow {
  const known = Object.hasOwn(providers, id) ? providers[id] : undefined
  return known ?? { name: id, scopes: [] }
}
