/** `mcp_services`: one entry per MCP server, by the id that its public URL carries (`/{id}/mcp`). */
import { z } from 'zod'
import { serviceAccessSchema } from './access.ts'
import { type FieldMeta, scopes, sentence, text, webUrl } from './fields.ts'
import { upstreamSchema } from './upstream.ts'

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

/** A page shows all of it, and it stays a line or two on a phone. */
const SCOPE_WORDS_MAX = 120

const milliseconds = () => z.number().int().min(1).max(3_600_000)

const timeoutsSchema = z.strictObject({
  connect: milliseconds().optional().describe('Milliseconds to connect; absent: `timeout`.'),
  first_byte: milliseconds().optional().describe('Milliseconds from the request to the first byte; absent: `timeout`.'),
  idle: milliseconds()
    .optional()
    .describe('Milliseconds that an answer which has begun may be silent; absent: for as long as it likes.'),
})

const ruleSchema = z
  .union([scopes(), z.strictObject({ scopes: scopes().default([]), groups: z.array(text()).min(1) })])
  .meta({ expected: 'a list of scopes, or { scopes: […], groups: […] }' } satisfies FieldMeta)

/** Names or URIs, `*` standing for any text, and what each takes. The most exact line counts. */
const rules = (what: string) =>
  z
    .record(z.string().min(1, 'must not be empty'), ruleSchema)
    .optional()
    .describe(
      `${what} (\`*\` stands for any text), each with the scopes that a token must all have, or with those and \`groups\` of which the person must be in one. The most exact counts.`,
    )
    .meta({ expected: 'name or pattern: [scopes] or { scopes, groups } lines' } satisfies FieldMeta)

export const serviceSchema = z.strictObject({
  name: text().describe('What people read on the consent page and in `/services`.'),
  url: webUrl().describe('The MCP server. With a path it is the endpoint itself, without one `/mcp` is appended.'),
  oauth_provider: z.string().optional().describe('The configured provider’s id; there is only one.'),
  auth_required: z.boolean().default(true).describe('`false`: public, everybody may call without a token.'),
  scopes: scopes().default([]).describe('Scopes that clients may be granted.'),
  scope_descriptions: z
    .record(z.string(), sentence(SCOPE_WORDS_MAX))
    .optional()
    .describe(
      `What people read of a scope on the consent page and at \`/account\`, beside its name; at most ${SCOPE_WORDS_MAX} characters.`,
    )
    .meta({ expected: 'scope: "words" lines' } satisfies FieldMeta),
  default_scopes: scopes()
    .optional()
    .describe(
      'Granted when a client asks for none, and what challenges and metadata ask for; absent: all of `scopes`.',
    ),
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
  timeouts: timeoutsSchema.prefault({}).describe('`timeout`, in finer keys.'),
  tools: rules('Tools'),
  resources: rules('URIs of resources'),
  prompts: rules('Prompts'),
  filter_lists: z
    .boolean()
    .default(false)
    .describe('Whether `tools/list` and its like show only what their reader may ask for by these rules.'),
  audience: text()
    .max(500)
    .regex(/^[\x21-\x7E]+$/, 'must be printable ASCII without spaces')
    .optional()
    .describe('With it the server gets `x-gateway-assertion`, a signed JWT with this `aud` that says who calls.'),
  replicas: z
    .array(webUrl())
    .default([])
    .describe('Further addresses of the same server. A session stays with the one that began it.'),
  upstream: upstreamSchema.prefault({}).describe('How the server is connected to, and as whom.'),
  access: serviceAccessSchema.prefault({}).describe('Who of those whom `access` lets in may use this service.'),
})
