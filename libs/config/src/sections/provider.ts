/** `oauth_providers`: the one identity provider at which users sign in. */
import { Secret } from '@gateway/kernel'
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

/** Where a piece of a profile is found: one name, or several, of which the first that has a value counts. */
const claim = (what: string) =>
  z
    .union([text(), z.array(text()).min(1, 'must not be empty')])
    .transform((names) => [names].flat())
    .optional()
    .describe(`Claim, or list of claims, that holds ${what}; a dot leads into an object.`)
    .meta({ expected: 'a claim, or a list of claims' } satisfies FieldMeta)

const claimsSchema = z.strictObject({
  id: claim('the id. Another one makes everybody somebody else'),
  name: claim('the name'),
  email: claim('the e-mail address'),
  email_verified: claim('whether the e-mail address is verified'),
  picture: claim('the avatar’s URL'),
  groups: claim('the groups'),
})

const CLIENT_AUTHENTICATIONS = [
  'client_secret_post',
  'client_secret_basic',
  'private_key_jwt',
  'tls_client_auth',
  'none',
] as const

const pem = (kind: string) => z.string().includes('-----BEGIN ', { message: `must be ${kind} in PEM form` })

export const providerSchema = z.strictObject({
  client_id: text().describe('The gateway’s client id at the provider. Filled from `<PROVIDER>_CLIENT_ID`.'),
  client_secret: secret().optional().describe('Its secret. Filled from `<PROVIDER>_CLIENT_SECRET`.'),
  scopes: scopes().optional().describe('Scopes asked of the provider; absent: what a profile needs.'),
  issuer: webUrl().optional().describe('OpenID Connect issuer; the other URLs are then discovered.'),
  authorization_url: webUrl().optional().describe('Authorization endpoint, where it is not discovered.'),
  token_url: webUrl().optional().describe('Token endpoint, where it is not discovered.'),
  userinfo_url: webUrl().optional().describe('Userinfo endpoint, where it is not discovered.'),
  jwks_url: webUrl().optional().describe('Key set of the provider, where it is not discovered.'),
  revocation_url: webUrl()
    .optional()
    .describe('Where tokens of the provider are revoked (RFC 7009), where it is not discovered.'),
  extra_params: extraParams
    .default({})
    .describe('Parameters added to the authorization request.')
    .meta({ expected: 'parameter: value lines' } satisfies FieldMeta),
  domain: text()
    .optional()
    .describe(
      'The organisation’s domain (Okta, Auth0), the host of your own server (Keycloak, GitHub Enterprise), or the Workspace domain to admit (Google). Filled from `OKTA_DOMAIN`.',
    ),
  tenant: text().optional().describe('Entra: the directory’s id, or `organizations` or `common` for all of them.'),
  realm: text().optional().describe('Keycloak: the realm.'),
  audience: text().optional().describe('Sent as `audience` with the authorization request (Auth0).'),
  claims: claimsSchema.prefault({}).describe('Where pieces of a profile are found, other than usual.'),
  trust_email: z
    .boolean()
    .default(false)
    .describe('Access rules count e-mail addresses that the provider does not state as verified.'),
  client_authentication: z
    .enum(CLIENT_AUTHENTICATIONS)
    .optional()
    .describe('How the gateway proves itself; absent: by what is configured and what the provider takes.'),
  private_key: pem('a private key')
    .transform((value) => new Secret(value))
    .optional()
    .describe('For `private_key_jwt`, in PEM form (PKCS #8).')
    .meta({ secret: true, expected: 'a secret text' } satisfies FieldMeta),
  private_key_id: text().optional().describe('The key’s id at the provider (`kid`).'),
  tls_certificate: pem('a certificate')
    .optional()
    .describe('Client certificate for `tls_client_auth` (RFC 8705), in PEM form.'),
  tls_key: pem('a private key')
    .transform((value) => new Secret(value))
    .optional()
    .describe('Its private key, in PEM form.')
    .meta({ secret: true, expected: 'a secret text' } satisfies FieldMeta),
  allow_insecure: z.boolean().default(false).describe('Allow provider URLs with http beyond this machine.'),
})
