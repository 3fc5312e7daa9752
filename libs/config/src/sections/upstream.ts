/** `mcp_services.<id>.upstream`: the connection to the MCP server, and what the gateway shows there as its own credential. */
import { z } from 'zod'
import { type FieldMeta, scopes, secret, text, webUrl } from './fields.ts'

/** What a request to the server says already, or what is the gateway's to say. */
const OWN_HEADERS =
  /^(?:host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|mcp-.*|x-(?:user|gateway|forwarded)-.*)$/i

const headers = z.record(z.string(), secret()).superRefine((values, context) => {
  for (const [name, value] of Object.entries(values)) {
    const fault = (message: string) => context.addIssue({ code: 'custom', path: [name], message })
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) fault('is no name of a header')
    else if (OWN_HEADERS.test(name)) fault('is decided by the gateway and cannot be replaced')
    if (/[^\x20-\x7E]/.test(value.open())) fault('must be printable ASCII on one line')
  }
})

const pem = (kind: string) => z.string().includes('-----BEGIN ', { message: `must be ${kind} in PEM form` })

const clientCredentialsSchema = z.strictObject({
  token_url: webUrl().describe('Token endpoint of the authorization server that the MCP server trusts.'),
  client_id: text().describe('The gateway’s client id there.'),
  client_secret: secret().describe('Its secret.'),
  scopes: scopes().default([]).describe('Scopes asked for.'),
  resource: text().optional().describe('Sent as `resource` (RFC 8707).'),
  audience: text().optional().describe('Sent as `audience`, where the server wants that instead.'),
})

const tlsSchema = z.strictObject({
  ca: pem('a certificate').optional().describe('Certificates that are trusted, instead of the usual ones.'),
  certificate: pem('a certificate').optional().describe('The gateway’s own certificate, with its chain.'),
  key: secret().optional().describe('The private key of `certificate`.'),
  server_name: text().optional().describe('Name in the server’s certificate, where it is not the URL’s host.'),
})

export const upstreamSchema = z.strictObject({
  headers: headers
    .default({})
    .describe('Headers set on every request to the server, such as `Authorization`.')
    .meta({ expected: 'header: value lines' } satisfies FieldMeta),
  client_credentials: clientCredentialsSchema
    .optional()
    .describe('OAuth client credentials (RFC 6749 §4.4): the token is sent as `Authorization: Bearer`.'),
  user_token: z
    .boolean()
    .default(false)
    .describe('Send the user’s own access token of the identity provider as `Authorization: Bearer`.'),
  tls: tlsSchema.prefault({}).describe('For https URLs. `${NAME}` with NAME_FILE reads each from a file.'),
  http2: z.boolean().default(true).describe('HTTP/2 where an https server offers it.'),
  connections: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('Connections to the server at most, each for one request (HTTP/1.1); absent: as many as it takes.'),
  idle_seconds: z
    .number()
    .int()
    .min(1)
    .max(600)
    .default(4)
    .describe('How long an unused connection is kept; less than the server keeps it (Node: 5).'),
})
