/** Google, as of its discovery document and the answers to an account of a Workspace and to a private one. */
import type { Answer, Recording } from '../recorded-provider.ts'

export const google: Recording = {
  issuerPath: '',
  metadata: {
    issuer: '{origin}',
    authorization_endpoint: '{origin}/o/oauth2/v2/auth',
    token_endpoint: '{origin}/token',
    userinfo_endpoint: '{origin}/v1/userinfo',
    revocation_endpoint: '{origin}/revoke',
    jwks_uri: '{origin}/oauth2/v3/certs',
    response_types_supported: ['code', 'token', 'id_token', 'none'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    code_challenge_methods_supported: ['plain', 'S256'],
  },
  idToken: {
    azp: 'gateway',
    sub: '110169484474386276334',
    hd: 'example.com',
    email: 'ada@example.com',
    email_verified: true,
  },
  tokenAnswer: { expires_in: 3599, scope: 'openid https://www.googleapis.com/auth/userinfo.email' },
  userinfo: {
    sub: '110169484474386276334',
    name: 'Ada Lovelace',
    given_name: 'Ada',
    family_name: 'Lovelace',
    picture: 'https://lh3.googleusercontent.com/a/ada=s96-c',
    email: 'ada@example.com',
    email_verified: true,
    hd: 'example.com',
  },
}

/** At the revocation endpoint, of a token that has ended or that the person has taken back. */
export const googleUnknownToken: Answer = {
  status: 400,
  body: { error: 'invalid_token', error_description: 'Token expired or revoked' },
}
