/** `oauth_providers`: the one identity provider at which users sign in. */
import { z } from 'zod'
import { type FieldMeta, scopes, secret, text, webUrl } from './fields.ts'

/** What the gateway itself decides in a request to the provider; `extra_params` may add, never replace. */
const OWN_PARAMETERS = [
  'state',
  'redirect_uri',
  'client_id',
  'response_type',
  'nonce',
  'code_challenge',
  'code_challenge_method',
] as const

const extraParams = z.record(z.string(), z.string()).superRefine((params, context) => {
  for (const name of OWN_PARAMETERS.filter((name) => name in params)) {
    context.addIssue({ code: 'custom', path: [name], message: 'is decided by the gateway and cannot be replaced' })
  }
})

export const providerSchema = z.strictObject({
  client_id: text().describe('The gateway’s client id at the provider. Filled from `<PROVIDER>_CLIENT_ID`.'),
  client_secret: secret().optional().describe('Its secret. Filled from `<PROVIDER>_CLIENT_SECRET`.'),
  scopes: scopes().optional().describe('Scopes asked of the provider; absent: what a profile needs.'),
  issuer: webUrl().optional().describe('OpenID Connect issuer; the other URLs are then discovered.'),
  authorization_url: webUrl().optional().describe('Authorization endpoint, where it is not discovered.'),
  token_url: webUrl().optional().describe('Token endpoint, where it is not discovered.'),
  userinfo_url: webUrl().optional().describe('Userinfo endpoint, where it is not discovered.'),
  jwks_url: webUrl().optional().describe('Key set of the provider, where it is not discovered.'),
  extra_params: extraParams
    .default({})
    .describe('Parameters added to the authorization request.')
    .meta({ expected: 'parameter: value lines' } satisfies FieldMeta),
  domain: text().optional().describe('The organisation’s domain (Okta). Filled from `OKTA_DOMAIN`.'),
  allow_insecure: z.boolean().default(false).describe('Allow provider URLs with http beyond this machine.'),
})
