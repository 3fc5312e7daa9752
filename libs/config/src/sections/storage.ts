/** `storage`: where secrets and short-lived values are kept. Facts are on the bus. */
import { Secret } from '@gateway/kernel'
import { z } from 'zod'
import { type FieldMeta, noMeaning, port, secret, text, webUrl } from './fields.ts'

/** An empty password is none: `password: "${REDIS_PASSWORD}"` with the variable set to nothing. Passwords of other servers are not judged. */
const password = z
  .string()
  .transform((value) => (value === '' ? undefined : new Secret(value)))
  .optional()
  .meta({ secret: true, expected: 'a secret text' } satisfies FieldMeta)

/** `host`, `host:port` or `[address]:port`. */
const NODE = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/
const nodes = () =>
  z
    .array(z.string().regex(NODE, 'must be a host and a port, such as redis-1:26379'))
    .min(1, 'must name at least one')
    .meta({ expected: 'a list of host:port' } satisfies FieldMeta)

/** Of an answer or a connection. */
const waiting = () => z.number().min(0.05).max(60)

const sentinelSchema = z.strictObject({
  name: text().describe('What the sentinels call the master.'),
  nodes: nodes().describe('The sentinels; port 26379 unless given.'),
  username: text().optional().describe('For the sentinels themselves, if they ask.'),
  password: password.describe('Likewise.'),
  ssl: z.boolean().default(false).describe('TLS to the sentinels, with the same authorities.'),
})

export const redisSchema = z
  .strictObject({
    host: text().default('localhost').describe('Redis server. Filled from `REDIS_HOST`.'),
    port: port().default(6379).describe('Its port. Filled from `REDIS_PORT`.'),
    password: password.describe('Its password. Filled from `REDIS_PASSWORD`.'),
    username: text().optional().describe('User of Redis access lists; absent: the default user.'),
    db: z.number().int().min(0).max(65_535).default(0).describe('Database number.'),
    ssl: z.boolean().default(false).describe('TLS. Filled from `REDIS_SSL`.'),
    ssl_cert_reqs: z
      .enum(['required', 'optional', 'none'])
      .default('required')
      .describe(
        '`none`: the server’s certificate is not checked. A server always has one, so `optional` is `required`.',
      ),
    ssl_ca_certs: text()
      .optional()
      .describe('PEM file of the authorities to trust; absent: those that Node trusts, and NODE_EXTRA_CA_CERTS.'),
    socket_timeout: waiting().default(0.5).describe('Seconds to wait for an answer.'),
    socket_connect_timeout: waiting().default(1).describe('Seconds to wait for a connection.'),
    max_connections: z
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(20)
      .describe(
        'Never reached: one connection of a process (in a cluster, one to each node) carries all commands at once. So a command waits for its answer, never for a connection, and none fails for the lack of one.',
      ),
    retry_on_timeout: noMeaning('a command is never sent twice'),
    health_check_interval: z
      .number()
      .min(0)
      .max(3_600)
      .default(30)
      .describe('Seconds between questions whether the connection still works; 0: none.'),
    sentinel: sentinelSchema
      .optional()
      .describe('The server is the master that the sentinels name; `host` and `port` are not used.'),
    cluster: z
      .strictObject({
        nodes: nodes().describe('Some of its nodes; the others are learnt from them. Port 6379 unless given.'),
      })
      .optional()
      .describe('Redis Cluster; `host` and `port` are not used.'),
  })
  .superRefine(({ sentinel, cluster, db }, context) => {
    if (sentinel && cluster) {
      context.addIssue({ code: 'custom', path: ['cluster'], message: 'cannot stand beside sentinel' })
    }
    if (cluster && db !== 0) {
      context.addIssue({ code: 'custom', path: ['db'], message: 'must be 0: a cluster has no other database' })
    }
  })

export const vaultSchema = z.strictObject({
  url: webUrl().default('http://127.0.0.1:8200').describe('Vault or OpenBao server. Filled from `VAULT_URL`.'),
  token: secret().optional().describe('For `auth_method: token`; renewed while it can be. Filled from `VAULT_TOKEN`.'),
  mount_point: text().default('secret').describe('Mount of a KV version 2 engine. Filled from `VAULT_MOUNT_POINT`.'),
  path_prefix: text().default('mcp-gateway').describe('Everything is kept below it. Filled from `VAULT_PATH_PREFIX`.'),
  auth_method: z.enum(['token', 'approle', 'kubernetes']).default('token').describe('How to log in.'),
  auth_mount_point: text().optional().describe('Where the method is mounted; absent: `approle`, `kubernetes`.'),
  namespace: text().optional().describe('Namespace of the server, for the login and the values.'),
  verify_ssl: z.boolean().default(true).describe('`false`: the server’s certificate is not checked.'),
  ssl_ca_certs: text()
    .optional()
    .describe('PEM file of the authorities to trust; absent: those that Node trusts, and NODE_EXTRA_CA_CERTS.'),
  timeout: z.number().min(0.1).max(60).default(5).describe('Seconds to wait for an answer.'),
  role_id: text().optional().describe('For `auth_method: approle`.'),
  secret_id: secret().optional().describe('For `auth_method: approle`, unless the role needs none.'),
  role: text().optional().describe('For `auth_method: kubernetes`.'),
  jwt_path: text()
    .default('/var/run/secrets/kubernetes.io/serviceaccount/token')
    .describe('File of the service account’s token, for `auth_method: kubernetes`; read at each login.'),
})

const KEY_ID = /^[A-Za-z0-9_-]{1,16}$/

const sealingKeysSchema = z
  .strictObject({
    active: z
      .string()
      .regex(KEY_ID, 'must be 1 to 16 letters, digits, _ or -')
      .describe('Id of the key for new values.'),
    keys: z
      .record(z.string(), secret())
      .describe('All keys by id; old ones stay until nothing sealed by them is left.')
      .meta({ expected: 'id: secret lines' } satisfies FieldMeta),
  })
  .superRefine(({ active, keys }, context) => {
    if (!(active in keys)) {
      context.addIssue({ code: 'custom', path: ['active'], message: 'must be the id of one of the keys' })
    }
    for (const id of Object.keys(keys).filter((id) => !KEY_ID.test(id))) {
      context.addIssue({ code: 'custom', path: ['keys', id], message: 'ids are 1 to 16 letters, digits, _ or -' })
    }
  })

export const storageSchema = z.strictObject({
  type: z
    .enum(['memory', 'redis', 'vault'])
    .default('memory')
    .describe(
      '`memory` loses everything when the process ends. What is configured and down is an outage, never replaced.',
    ),
  redis: redisSchema.optional().describe('With `type: redis`.'),
  vault: vaultSchema.optional().describe('With `type: vault`.'),
  sealing_keys: sealingKeysSchema
    .optional()
    .describe('Keys that seal stored values and derive codes and tokens; absent: one derived from `session_secret`.'),
})
