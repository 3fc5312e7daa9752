/** `mcp_services`: one entry per MCP server, by the id that its public URL carries (`/{id}/mcp`). */
import { z } from 'zod'
import { serviceAccessSchema } from './access.ts'
import { scopes, text, webUrl } from './fields.ts'

/** One path segment, and one that no route of the gateway can be mistaken for. */
export const SERVICE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

export const RESERVED_SERVICE_IDS: readonly string[] = [
  'oauth',
  'account',
  'services',
  'schemas',
  'health',
  'ready',
  'metrics',
  'authorize',
  'token',
  'register',
]

export const serviceSchema = z.strictObject({
  name: text().describe('What people read on the consent page and in `/services`.'),
  url: webUrl().describe('The MCP server. With a path it is the endpoint itself, without one `/mcp` is appended.'),
  oauth_provider: z.string().optional().describe('The configured provider’s id; there is only one.'),
  auth_required: z.boolean().default(true).describe('`false`: public, everybody may call without a token.'),
  scopes: scopes().default([]).describe('Scopes that clients may be granted.'),
  default_scopes: scopes().optional().describe('Granted when a client asks for none; absent: all of `scopes`.'),
  require_scopes: z
    .enum(['any', 'all'])
    .default('any')
    .describe('Whether a token needs any one of `scopes` or all of them.'),
  timeout: z
    .number()
    .int()
    .min(1)
    .max(3_600_000)
    .default(30_000)
    .describe('Milliseconds to connect and to the first byte; never bounds a stream that has begun.'),
  access: serviceAccessSchema.prefault({}).describe('Who of those whom `access` lets in may use this service.'),
})
