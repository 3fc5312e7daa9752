/** Keycloak 26: a realm with a group mapper and its roles in an object; the refresh token ends with the sign-on session. */
import type { Recording } from '../recorded-provider.ts'

const at = '{origin}/realms/staff/protocol/openid-connect'

export const keycloak: Recording = {
  issuerPath: '/realms/staff',
  metadata: {
    issuer: '{origin}/realms/staff',
    authorization_endpoint: `${at}/auth`,
    token_endpoint: `${at}/token`,
    introspection_endpoint: `${at}/token/introspect`,
    userinfo_endpoint: `${at}/userinfo`,
    end_session_endpoint: `${at}/logout`,
    revocation_endpoint: `${at}/revoke`,
    jwks_uri: `${at}/certs`,
    id_token_signing_alg_values_supported: ['PS384', 'RS384', 'EdDSA', 'ES384', 'HS256', 'RS256'],
    token_endpoint_auth_methods_supported: [
      'private_key_jwt',
      'client_secret_basic',
      'client_secret_post',
      'tls_client_auth',
      'client_secret_jwt',
    ],
    code_challenge_methods_supported: ['plain', 'S256'],
    authorization_response_iss_parameter_supported: true,
  },
  idToken: {
    azp: 'gateway',
    typ: 'ID',
    sub: 'f2c3a6f0-0f6c-4b0e-9c2f-3f0d6a5e8b11',
    sid: 'a1e1ac2f-6b0e-4a5c-8f0a-4a8d2f9f6e11',
    acr: '1',
    email_verified: true,
    name: 'Ada Lovelace',
    preferred_username: 'ada',
    email: 'ada@example.com',
    groups: ['/staff/research', '/staff'],
  },
  tokenAnswer: {
    expires_in: 300,
    refresh_expires_in: 1800,
    refresh_token: 'eyJhbGciOiJIUzUxMiJ9.recorded',
    'not-before-policy': 0,
    session_state: 'a1e1ac2f-6b0e-4a5c-8f0a-4a8d2f9f6e11',
    scope: 'openid email profile',
  },
  userinfo: {
    sub: 'f2c3a6f0-0f6c-4b0e-9c2f-3f0d6a5e8b11',
    email_verified: true,
    name: 'Ada Lovelace',
    preferred_username: 'ada',
    email: 'ada@example.com',
    realm_access: { roles: ['offline_access', 'researcher'] },
  },
}
