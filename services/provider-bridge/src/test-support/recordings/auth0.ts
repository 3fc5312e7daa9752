/** Auth0: an issuer that ends in a slash, ids with a bar, and roles that an Action put under a name of its own. */
import type { Recording } from '../recorded-provider.ts'

export const ROLES = 'https://gateway.example.com/roles'

export const auth0: Recording = {
  issuerPath: '/',
  metadata: {
    issuer: '{origin}/',
    authorization_endpoint: '{origin}/authorize',
    token_endpoint: '{origin}/oauth/token',
    userinfo_endpoint: '{origin}/userinfo',
    jwks_uri: '{origin}/.well-known/jwks.json',
    revocation_endpoint: '{origin}/oauth/revoke',
    end_session_endpoint: '{origin}/oidc/logout',
    id_token_signing_alg_values_supported: ['HS256', 'RS256', 'PS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    code_challenge_methods_supported: ['S256', 'plain'],
  },
  idToken: {
    sub: 'google-oauth2|110169484474386276334',
    nickname: 'ada',
    name: 'Ada Lovelace',
    picture: 'https://s.gravatar.com/avatar/ada.png',
    updated_at: '2026-01-01T00:00:00.000Z',
    email: 'ada@example.com',
    email_verified: false,
    [ROLES]: ['admin', 'reader'],
  },
  tokenAnswer: { expires_in: 86400, scope: 'openid profile email' },
  userinfo: {
    sub: 'google-oauth2|110169484474386276334',
    nickname: 'ada',
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    email_verified: false,
  },
}
