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
    scope: 'openid profile email User.Read',
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

export const GRAPH = '/v1.0/me/transitiveMemberOf?$select=id&$top=999'
const HUMAN_RESOURCES = '0f4c8a4e-3f0b-4c8e-9a53-6c1f6a2b7d10'
export const LAST_GROUP = 'ffffffff-0000-4000-8000-000000000007'

/**
 * Microsoft Graph's list of memberships in pages, here at the userinfo endpoint's server as in every cloud: groups, the roles and
 * units among them, and the link to the next page.
 */
export function memberships(origin: string, pages: number): Readonly<Record<string, Answer>> {
  const at = (page: number) => (page === 1 ? GRAPH : `${GRAPH}&$skiptoken=RFNwdAIAAQAAAC${page}`)
  const group = (id: string) => ({ '@odata.type': '#microsoft.graph.group', id })
  const answer = (page: number): Answer => ({
    body: {
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#directoryObjects(id)',
      ...(page < pages ? { '@odata.nextLink': `${origin}${at(page + 1)}` } : {}),
      value: [
        ...(page === 1 ? [group(HUMAN_RESOURCES)] : []),
        { '@odata.type': '#microsoft.graph.directoryRole', id: '43a63cc2-582b-4d81-a79d-1591f91d5558' },
        { '@odata.type': '#microsoft.graph.administrativeUnit', id: 'a1b0f2b5-7ae5-4cb5-b0be-2c2ad6a8f9f1' },
        ...(page === pages ? [group(LAST_GROUP)] : []),
      ],
    },
  })
  return Object.fromEntries(Array.from({ length: pages }, (_, index) => [at(index + 1), answer(index + 1)]))
}

/** For an access token without the scope. */
export const graphForbidden: Answer = {
  status: 403,
  body: {
    error: {
      code: 'Authorization_RequestDenied',
      message: 'Insufficient privileges to complete the operation.',
      innerError: { date: '2026-01-01T00:00:00', 'request-id': '5a0d', 'client-request-id': '5a0d' },
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
