/** Microsoft Entra ID: version 2.0 of `organizations`, whose issuer is a template, and the token of one tenant's user. */
import type { Answer, Recording } from '../recorded-provider.ts'

export const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'

export const entra: Recording = {
  issuerPath: '/organizations/v2.0',
  metadata: {
    issuer: '{origin}/{tenantid}/v2.0',
    authorization_endpoint: '{origin}/organizations/oauth2/v2.0/authorize',
    token_endpoint: '{origin}/organizations/oauth2/v2.0/token',
    jwks_uri: '{origin}/organizations/discovery/v2.0/keys',
    userinfo_endpoint: '{origin}/oidc/userinfo',
    end_session_endpoint: '{origin}/organizations/oauth2/v2.0/logout',
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: [
      'client_secret_post',
      'private_key_jwt',
      'client_secret_basic',
      'self_signed_tls_client_auth',
    ],
    request_uri_parameter_supported: false,
    tenant_region_scope: null,
    cloud_instance_name: 'microsoftonline.com',
  },
  idToken: {
    iss: `{origin}/${TENANT}/v2.0`,
    sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
    oid: '6467882c-fdfd-4354-a1ed-4e13f064be25',
    tid: TENANT,
    ver: '2.0',
    name: 'Ada Lovelace',
    preferred_username: 'ada@contoso.example',
    uti: 'fqiBqXLPj0eQa82S-IYFAA',
  },
  tokenAnswer: {
    expires_in: 4999,
    ext_expires_in: 4999,
    scope: 'openid profile email',
    refresh_token: '1.AXkAv4n5cvGGr0GRqy180BHbR',
  },
  userinfo: {
    sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
    name: 'Ada Lovelace',
    picture: 'https://graph.microsoft.com/v1.0/me/photo/$value',
  },
}

/** More than 200 groups: where they could be read, instead of what they are. */
export const groupOverage = {
  _claim_names: { groups: 'src1' },
  _claim_sources: {
    src1: {
      endpoint: `https://graph.windows.net/${TENANT}/users/6467882c-fdfd-4354-a1ed-4e13f064be25/getMemberObjects`,
    },
  },
}

/** For an account that an administrator has disabled. */
export const disabledUser: Answer = {
  status: 400,
  body: {
    error: 'invalid_grant',
    error_description: 'AADSTS50057: The user account is disabled. Trace ID: 3a5d0b2c',
    error_codes: [50057],
    timestamp: '2026-01-01 00:00:00Z',
    suberror: 'user_password_expired',
  },
}
