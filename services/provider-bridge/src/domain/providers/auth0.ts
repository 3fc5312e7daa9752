/**
 * Auth0: the issuer ends in a slash, and groups and roles stand in claims that an Action adds, named by a URL. Without
 * `audience` access tokens are opaque, which is all that userinfo needs.
 * @see https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery
 */
import { baseOf, OIDC_SCOPES, type ProviderRow } from './provider.ts'

export const auth0: ProviderRow = {
  name: 'Auth0',
  scopes: OIDC_SCOPES,
  issuer: ({ domain }) => domain && `${baseOf(domain)}/`,
}
