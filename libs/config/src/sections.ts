/**
 * The one schema of `config.yaml`, section by section (`sections/`), with the file's own key names. Every default is safe in
 * production. Loading (substitution, variables, flags, all problems at once) is in `load.ts`; what needs two sections to
 * judge is in `rules.ts`.
 */
import { z } from 'zod'
import { accessSchema } from './sections/access.ts'
import { clientSchema, registrationSchema } from './sections/clients.ts'
import { corsSchema } from './sections/cors.ts'
import { cidr, type FieldMeta, isLoopback, port, secret, text } from './sections/fields.ts'
import { keysSchema } from './sections/keys.ts'
import { limitsSchema } from './sections/limits.ts'
import { auditSchema, brandingSchema, natsSchema, shutdownSchema, telemetrySchema } from './sections/operation.ts'
import { providerSchema } from './sections/provider.ts'
import { serviceSchema } from './sections/service.ts'
import { consentSchema, sessionsSchema } from './sections/sign-in.ts'
import { type redisSchema, storageSchema, type vaultSchema } from './sections/storage.ts'
import { tokensSchema } from './sections/tokens.ts'
import type { upstreamSchema } from './sections/upstream.ts'

/** The one public origin; every URL that leaves the system is built from it. A trailing slash is dropped. */
const issuer = z
  .string()
  .superRefine((value, context) => {
    const problem = issuerProblem(value)
    if (problem) context.addIssue({ code: 'custom', message: problem })
  })
  .transform((value) => new URL(value).origin)
  .meta({ expected: 'an https origin, or http with a loopback host' } satisfies FieldMeta)

function issuerProblem(value: string): string | undefined {
  const right = 'such as https://gateway.example.com'
  if (!URL.canParse(value)) return `is no URL; an origin is expected, ${right}`
  const url = new URL(value)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `must begin with https://, ${right}`
  if (url.protocol === 'http:' && !isLoopback(url)) {
    return 'must be https; http is for localhost, 127.0.0.1 and [::1] only'
  }
  if (url.username !== '' || url.password !== '') return 'must not hold credentials'
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || /[?#]/.test(value)) {
    return `must be an origin alone, without path, query or fragment, ${right}`
  }
  return undefined
}

const allowedHost = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/, 'must be a host, or host:port')
  .transform((value) => value.toLowerCase())
  .meta({ expected: 'a host, or host:port' } satisfies FieldMeta)

export const configSchema = z.strictObject({
  host: text().default('localhost').describe('Address to listen on, as one process. `localhost`: 127.0.0.1 and ::1.'),
  port: port().default(8080).describe('Port to listen on, as one process.'),
  issuer: issuer.describe('The public origin of the gateway, as clients see it.'),
  session_secret: secret().describe(
    'Root of the keys for cookies, stored values, codes and tokens. At least 32 random characters.',
  ),
  debug: z.boolean().default(false).describe('Readable logs at debug level. Relaxes no check.'),
  allowed_hosts: z.array(allowedHost).default([]).describe('Values of `Host` accepted beside the issuer’s.'),
  trusted_proxies: z
    .array(cidr())
    .default([])
    .describe('Load balancers whose `X-Forwarded-For` counts; never for the issuer.'),
  data_dir: text()
    .default('./data')
    .describe('Folder for what one process keeps in files, and for its operator’s socket.'),
  cors: corsSchema
    .optional()
    .describe('Absent: the issuer’s own origin, and loopback origins when the issuer is loopback.'),
  oauth_providers: z
    .record(z.string(), providerSchema)
    .default({})
    .describe(
      'Exactly one entry: `google`, `github`, `okta`, `entra`, `keycloak`, `auth0`, `oidc`, or a name of your own with explicit URLs.',
    ),
  access: accessSchema.prefault({}).describe('Who may come in, beyond what the provider decides.'),
  mcp_services: z
    .record(z.string(), serviceSchema)
    .default({})
    .describe('One entry per MCP server; its id is the first segment of its public URL.'),
  clients: z
    .record(z.string(), clientSchema)
    .default({})
    .describe('Clients that you know beforehand, by client id.')
    .meta({ expected: 'a section of named entries' } satisfies FieldMeta),
  registration: registrationSchema.prefault({}).describe('How other clients may become known, and what they may be.'),
  storage: storageSchema.prefault({}).describe('Where secrets and short-lived values are kept.'),
  nats: natsSchema.prefault({}).describe('The bus between services that run as processes of their own.'),
  tokens: tokensSchema.prefault({}).describe('Lives and contents of tokens.'),
  sessions: sessionsSchema.prefault({}).describe('How long a browser stays signed in.'),
  consent: consentSchema.prefault({}).describe('When people are asked again.'),
  keys: keysSchema.prefault({}).describe('What tokens and assertions are signed with.'),
  limits: limitsSchema.prefault({}).describe('How much of each proxy one caller or one service may take.'),
  audit: auditSchema.prefault({}).describe('What becomes of the audit events.'),
  telemetry: telemetrySchema.prefault({}).describe('The internal port.'),
  branding: brandingSchema.prefault({}).describe('How the gateway presents itself.'),
  shutdown: shutdownSchema.prefault({}).describe('How it stops.'),
})

export type Config = z.infer<typeof configSchema>
export type AccessConfig = z.infer<typeof accessSchema>
export type LimitsConfig = z.infer<typeof limitsSchema>
export type ProviderConfig = z.infer<typeof providerSchema>
export type ClientConfig = z.infer<typeof clientSchema>
export type RegistrationConfig = z.infer<typeof registrationSchema>
export type ServiceConfig = z.infer<typeof serviceSchema>
export type UpstreamConfig = z.infer<typeof upstreamSchema>
export type RedisConfig = z.infer<typeof redisSchema>
export type VaultConfig = z.infer<typeof vaultSchema>
