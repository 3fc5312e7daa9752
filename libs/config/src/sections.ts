/**
 * The one schema of `config.yaml`, section by section, with the file's own key names. Every default is safe in production.
 * Loading (substitution, variables, flags, all problems at once) is in `load.ts`.
 */
import { Secret } from '@gateway/kernel'
import { z } from 'zod'

const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text))
const seconds = z.number().int().positive()
const scopeList = z.array(
  z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, 'a scope is printable ASCII without space, quote or backslash'),
)

/** Cross-origin rules for `/{service}/mcp` and `/services`. Absent: the issuer's own origin, and loopback ones on a loopback issuer. */
export const corsSchema = z.strictObject({
  allow_origins: z.array(z.string()).default([]),
  allow_credentials: z.boolean().default(false),
  allow_methods: z.array(z.string()).default(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']),
  allow_headers: z.array(z.string()).default(['*']),
  expose_headers: z.array(z.string()).default([]),
})

/** The one identity provider. */
export const providerSchema = z.strictObject({
  client_id: z.string().min(1),
  client_secret: secret.optional(),
  scopes: z.array(z.string()).optional(),
  issuer: z.string().optional(),
  authorization_url: z.string().optional(),
  token_url: z.string().optional(),
  userinfo_url: z.string().optional(),
  jwks_url: z.string().optional(),
  extra_params: z.record(z.string(), z.string()).default({}),
  domain: z.string().optional(),
  allow_insecure: z.boolean().default(false),
})

export const serviceSchema = z.strictObject({
  name: z.string().min(1),
  url: z.string(),
  oauth_provider: z.string().optional(),
  auth_required: z.boolean().default(true),
  scopes: scopeList.default([]),
  default_scopes: scopeList.optional(),
  require_scopes: z.enum(['any', 'all']).default('any'),
  timeout: z.number().int().positive().default(30_000),
})

export const redisSchema = z.strictObject({
  host: z.string().default('localhost'),
  port: z.number().int().default(6379),
  password: secret.optional(),
  username: z.string().optional(),
  db: z.number().int().default(0),
  ssl: z.boolean().default(false),
  max_connections: z.number().int().positive().default(20),
})

export const storageSchema = z.strictObject({
  type: z.enum(['memory', 'redis', 'vault']).default('memory'),
  redis: redisSchema.optional(),
  sealing_keys: z.strictObject({ active: z.string(), keys: z.record(z.string(), secret) }).optional(),
})

export const natsSchema = z.strictObject({
  url: z.string().optional(),
  /** This process's nkey seed; `NATS_NKEY_SEED` or `NATS_NKEY_SEED_FILE` usually give it. */
  nkey_seed: secret.optional(),
})

export const tokensSchema = z.strictObject({
  access_ttl_seconds: seconds.default(3_600),
  refresh_ttl_seconds: seconds.default(30 * 86_400),
  refresh_max_seconds: seconds.default(365 * 86_400),
  refresh_grace_seconds: seconds.default(30),
  code_ttl_seconds: seconds.default(60),
  profile_claims: z
    .array(z.enum(['email', 'name', 'picture', 'provider']))
    .default(['email', 'name', 'picture', 'provider']),
})

export const auditSchema = z.strictObject({
  max_age_days: z.number().int().positive().default(400),
  max_bytes: z
    .number()
    .int()
    .positive()
    .default(10 * 1024 ** 3),
})

export const configSchema = z.strictObject({
  host: z.string().default('localhost'),
  port: z.number().int().min(0).max(65_535).default(8080),
  /** The one public origin, without trailing slash. */
  issuer: z.string(),
  session_secret: secret,
  debug: z.boolean().default(false),
  allowed_hosts: z.array(z.string()).default([]),
  trusted_proxies: z.array(z.string()).default([]),
  data_dir: z.string().default('./data'),
  cors: corsSchema.optional(),
  oauth_providers: z.record(z.string(), providerSchema).default({}),
  mcp_services: z.record(z.string(), serviceSchema).default({}),
  storage: storageSchema.prefault({}),
  nats: natsSchema.prefault({}),
  tokens: tokensSchema.prefault({}),
  audit: auditSchema.prefault({}),
  telemetry: z.strictObject({ port: z.number().int().min(0).max(65_535).default(9464) }).prefault({}),
  branding: z.strictObject({ name: z.string().default('MCP OAuth Gateway') }).prefault({}),
  shutdown: z
    .strictObject({ delay_seconds: z.number().min(0).default(5), grace_seconds: z.number().min(0).default(30) })
    .prefault({}),
})

export type Config = z.infer<typeof configSchema>
export type ProviderConfig = z.infer<typeof providerSchema>
export type ServiceConfig = z.infer<typeof serviceSchema>
export type RedisConfig = z.infer<typeof redisSchema>
