/**
 * Google. `hd` in the request only preselects an account, so the claim `hd` of the ID token is what counts; `*` asks for any
 * Workspace account. Refresh tokens come with `access_type: offline` and only at the first consent.
 * @see https://developers.google.com/identity/openid-connect/openid-connect
 */
import { OIDC_SCOPES, type ProviderKeys, type ProviderRow } from './provider.ts'

const hostedDomain = ({ domain, extraParams }: ProviderKeys): string | undefined => extraParams['hd'] ?? domain

export const google: ProviderRow = {
  name: 'Google',
  scopes: OIDC_SCOPES,
  issuer: () => 'https://accounts.google.com',
  parameters(keys) {
    const hd = hostedDomain(keys)
    return { access_type: 'offline', ...(hd === undefined ? {} : { hd }) }
  },
  admits(keys) {
    const hd = hostedDomain(keys)
    return hd === undefined ? undefined : { emails: [], domains: [], groups: [], claims: { hd: [hd.toLowerCase()] } }
  },
  openTo: (keys) => (hostedDomain(keys) === undefined ? 'everybody with a Google account' : undefined),
}
