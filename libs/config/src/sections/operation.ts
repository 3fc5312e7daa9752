/** The sections about running it: `nats`, `audit`, `telemetry`, `branding`, `shutdown`. */
import { z } from 'zod'
import { type FieldMeta, port, secret, text } from './fields.ts'

const natsUrl = z
  .string()
  .refine(
    (value) => value.split(',').every((url) => /^(?:nats|tls):\/\/[^/@\s]+\/?$/.test(url.trim())),
    'must be nats://host:4222 or tls://host:4222, several separated by commas; credentials are given as nkey_seed',
  )
  .meta({ expected: 'nats://host:4222, or several separated by commas' } satisfies FieldMeta)

export const natsSchema = z.strictObject({
  url: natsUrl.optional().describe('NATS server. Absent: one process with a bus in memory. `MCP_NATS_URL` overrides.'),
  replicas: z
    .number()
    .int()
    .min(1)
    .max(5)
    .default(1)
    .describe('Copies of each stream that `gateway bootstrap` asks for; above 1 needs a cluster of nats-server 2.12.'),
  nkey_seed: secret().optional().describe('This process’s nkey seed. Filled from `NATS_NKEY_SEED`.'),
})

export const auditSchema = z.strictObject({
  max_age_days: z.number().int().min(1).max(36_500).default(400).describe('Days that audit events are kept.'),
  max_bytes: z
    .number()
    .int()
    .min(1024 ** 2)
    .default(10 * 1024 ** 3)
    .describe('Bytes of audit events that are kept; the oldest go first.'),
  mode: z
    .enum(['best-effort', 'strict'])
    .default('best-effort')
    .describe(
      'While events cannot be stored: `best-effort` buffers 10,000 in each process, then drops and says so; `strict` answers 503.',
    ),
  address: z
    .enum(['full', 'prefix', 'none'])
    .default('full')
    .describe('What an event tells of the client’s address: all, its network (IPv4 /24, IPv6 /48), or nothing.'),
})

export const telemetrySchema = z.strictObject({
  host: text().default('127.0.0.1').describe('Address of the internal port. `MCP_TELEMETRY_HOST` overrides.'),
  port: port()
    .default(9464)
    .describe('Internal port of one process: `/health`, `/ready`, `/metrics`. `MCP_TELEMETRY_PORT` overrides.'),
})

const LOGO_CHARACTERS_MAX = 65_536

/** Stands in the page itself: no other server learns who signs in here and when, and the pages need no other origin. */
const logo = z
  .string()
  .max(LOGO_CHARACTERS_MAX, `must have at most ${LOGO_CHARACTERS_MAX} characters: about 48 kB of image`)
  .regex(
    /^data:image\/(?:svg\+xml|png|webp|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/,
    'must be the image itself: data:image/svg+xml;base64, (or png, webp, jpeg) followed by what `base64 -w0 logo.svg` prints',
  )
  .meta({ expected: 'an image as a data: URL' } satisfies FieldMeta)

const color = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as "#3046c5", in quotes')
  .meta({ expected: 'a colour such as "#3046c5"' } satisfies FieldMeta)

export const brandingSchema = z.strictObject({
  name: text().max(100).default('MCP OAuth Gateway').describe('What the pages call this gateway.'),
  logo: logo.optional().describe('Shown above the pages: an image as a `data:` URL.'),
  color: color
    .default('#3046c5')
    .describe('Of buttons and marks; made darker or lighter where its contrast would be too low to read.'),
})

export const shutdownSchema = z.strictObject({
  delay_seconds: z
    .number()
    .min(0)
    .max(300)
    .default(5)
    .describe('After SIGTERM `/health` answers 503 and serving goes on for this long.'),
  grace_seconds: z
    .number()
    .min(0)
    .max(3_600)
    .default(30)
    .describe('Then requests and streams under way get this long to end.'),
})
