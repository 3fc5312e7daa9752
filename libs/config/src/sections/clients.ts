/** `clients` and `registration`: which clients the operator knows, and how others may become known. */
import { Secret } from '@gateway/kernel'
import { z } from 'zod'
import { type FieldMeta, scopes, secret, text, webUrl } from './fields.ts'

/** RFC 7591 §2, RFC 7523 §2.2. */
const METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const
const GRANTS = ['authorization_code', 'refresh_token', 'client_credentials'] as const

/** One, or several while one is being replaced. They are ours, so that their strength is ours to demand. */
const ownSecret = z.string().min(16, 'must have at least 16 characters')
const secrets = z
  .union([ownSecret, z.array(ownSecret).min(1, 'must not be empty')])
  .transform((value) => [value].flat().map((text) => new Secret(text)))
  .meta({ secret: true, expected: 'a secret text of at least 16 characters, or a list of them' } satisfies FieldMeta)

const jwks = z
  .record(z.string(), z.unknown())
  .meta({ expected: 'a JWK Set: keys: [ … ] (RFC 7517)' } satisfies FieldMeta)

const clientFields = z.strictObject({
  client_name: text().max(200).optional().describe('What people read on the consent page; absent: the id.'),
  client_secret: secrets.optional().describe('Its secret; several while one replaces another.'),
  token_endpoint_auth_method: z
    .enum(METHODS)
    .optional()
    .describe('How it authenticates; absent: by what it has, a secret, keys, or nothing.'),
  jwks: jwks.optional().describe('Its public keys, for `private_key_jwt`.'),
  jwks_uri: webUrl()
    .refine((value) => value.startsWith('https://'), 'must begin with https://')
    .optional()
    .describe('Where its public keys are, for `private_key_jwt`.'),
  redirect_uris: z.array(z.string()).default([]).describe('Where answers may be sent; compared exactly.'),
  grant_types: z
    .array(z.enum(GRANTS))
    .default(['authorization_code', 'refresh_token'])
    .describe('What it may do; `client_credentials` makes it a machine of its own.'),
  scope: scopes().optional().describe('All that it may ask for; absent: no limit of its own.'),
})

export const clientSchema = clientFields.superRefine((client, context) => {
  for (const [key, message] of clientProblems(client)) context.addIssue({ code: 'custom', path: [key], message })
})

function clientProblems(client: z.output<typeof clientFields>): [string, string][] {
  const { client_secret: secret, token_endpoint_auth_method: method, jwks, jwks_uri: uri, grant_types: grants } = client
  const hasKeys = jwks !== undefined || uri !== undefined
  const problems: [boolean, string, string][] = [
    [jwks !== undefined && uri !== undefined, 'jwks_uri', 'stands beside jwks; one of them is enough (RFC 7591 §2)'],
    [secret !== undefined && hasKeys, 'client_secret', 'stands beside keys; a client proves itself in one way'],
    [secret !== undefined && method === 'none', 'client_secret', 'is of no use with token_endpoint_auth_method: none'],
    [secret === undefined && method?.startsWith('client_secret') === true, 'client_secret', 'is missing'],
    [!hasKeys && method === 'private_key_jwt', 'jwks_uri', 'is missing, and jwks as well: one of them is needed'],
    [
      grants.includes('authorization_code') && client.redirect_uris.length === 0,
      'redirect_uris',
      'is empty, so that no authorization code can be sent anywhere; a machine has grant_types: [client_credentials]',
    ],
    [
      grants.includes('client_credentials') && (method === 'none' || (secret === undefined && !hasKeys)),
      'grant_types',
      'client_credentials needs client_secret, jwks or jwks_uri (RFC 6749 §4.4)',
    ],
  ]
  return problems.flatMap(([wrong, key, message]) => (wrong ? [[key, message] satisfies [string, string]] : []))
}

/** A host itself, or with `*.` everything below it. */
const domain = z
  .string()
  .regex(/^(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'must be a host, or *.host for everything below it')
  .transform((value) => value.toLowerCase())
  .meta({ expected: 'a host, or *.host' } satisfies FieldMeta)

const domains = () => z.array(domain).default([])

/** What a browser runs, or reads from its own machine, instead of handing it to an application. */
const NEVER_SCHEMES =
  'about blob data file filesystem ftp http https intent jar javascript mailto tel vbscript view-source ws wss'.split(
    ' ',
  )

const scheme = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*$/, 'must be a scheme in lower case, without the colon')
  .refine((value) => !NEVER_SCHEMES.includes(value), 'is no scheme of an application')
  .meta({ expected: 'a scheme' } satisfies FieldMeta)

export const registrationSchema = z.strictObject({
  metadata_documents: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether a client may be named by the https URL of its metadata.'),
      allow_domains: domains().describe('Only clients of these hosts; none: of all.'),
      deny_domains: domains().describe('No clients of these hosts, whatever is allowed.'),
      private_hosts: z
        .array(domain)
        .default([])
        .describe(
          'Hosts in your own network from which documents and keys may be fetched; all others must be public addresses.',
        ),
    })
    .prefault({})
    .describe('Client ID Metadata Documents.'),
  dynamic: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether clients may register themselves (RFC 7591).'),
      initial_access_tokens: z
        .array(secret())
        .default([])
        .describe('Registering then takes one of these tokens; none: it is open.')
        .meta({ expected: 'a list of secret texts' } satisfies FieldMeta),
      per_address_per_hour: z
        .number()
        .int()
        .min(1)
        .default(300)
        .describe('Registrations and their changes from one address (IPv6: one /64) in an hour.'),
      client_secret_ttl_seconds: z
        .number()
        .int()
        .min(3_600)
        .optional()
        .describe('Life of a registered client’s secret; absent: it does not expire.'),
    })
    .prefault({})
    .describe('Dynamic client registration.'),
  allow_redirect_domains: domains().describe('Only these hosts in https redirect URIs; none: all.'),
  deny_redirect_domains: domains().describe('Never these hosts in redirect URIs; `localhost` means all of loopback.'),
  redirect_schemes: z
    .array(scheme)
    .default([])
    .describe('Private-use schemes in redirect URIs beside those of known clients and reverse domain names.'),
})
