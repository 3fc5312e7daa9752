/**
 * Okta: the organisation's own authorization server, or a custom one below `/oauth2/` written with the domain. Assertions of
 * `private_key_jwt` are addressed to the token endpoint.
 * @see https://developer.okta.com/docs/concepts/auth-servers/
 */
import { baseOf, OIDC_SCOPES, type ProviderRow } from './provider.ts'

export const okta: ProviderRow = {
  name: 'Okta',
  scopes: OIDC_SCOPES,
  issuer: ({ domain }) => baseOf(domain),
  assertionAudience: 'token endpoint',
}
