/**
 * Keycloak: one issuer for each realm. Before version 17 everything stood below `/auth`, which is then written with the domain.
 * Refresh tokens end with the sign-on session (30 idle minutes) unless `offline_access` is asked for.
 * @see https://www.keycloak.org/securing-apps/oidc-layers
 */
import { baseOf, OIDC_SCOPES, type ProviderRow } from './provider.ts'

export const keycloak: ProviderRow = {
  name: 'Keycloak',
  scopes: OIDC_SCOPES,
  issuer: ({ domain, realm }) =>
    domain && realm ? `${baseOf(domain)}/realms/${encodeURIComponent(realm)}` : undefined,
}
