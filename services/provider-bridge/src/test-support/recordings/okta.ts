/** Okta: the custom authorization server `default`, with a groups claim and rotating refresh tokens. */
import type { Recording } from '../recorded-provider.ts'

const at = '{origin}/oauth2/default'

export const okta: Recording = {
  issuerPath: '/oauth2/default',
  metadata: {
    issuer: at,
    authorization_endpoint: `${at}/v1/authorize`,
    token_endpoint: `${at}/v1/token`,
    userinfo_endpoint: `${at}/v1/userinfo`,
    registration_endpoint: '{origin}/oauth2/v1/clients',
    jwks_uri: `${at}/v1/keys`,
    revocation_endpoint: `${at}/v1/revoke`,
    end_session_endpoint: `${at}/v1/logout`,
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      'none',
    ],
    code_challenge_methods_supported: ['S256'],
  },
  idToken: {
    sub: '00uid4BxXw6I6TV4m0g3',
    ver: 1,
    jti: 'ID.4eAWJOCMB3SX8XewDfVR',
    amr: ['pwd'],
    idp: '00ok1u7AsAkrwdZL3z0p',
  },
  tokenAnswer: {
    expires_in: 3600,
    scope: 'offline_access openid email profile',
    refresh_token: 'a9VpZDRCeFh3Nkk2VdYa',
  },
  userinfo: {
    sub: '00uid4BxXw6I6TV4m0g3',
    name: 'Ada Lovelace',
    preferred_username: 'ada@example.com',
    locale: 'en-US',
    zoneinfo: 'America/Los_Angeles',
    updated_at: 1311280970,
    email: 'ada@example.com',
    email_verified: true,
    groups: ['Everyone', 'Engineering'],
  },
}
