/** `storage.redis` of the configuration, as what the driver takes. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { Misconfigured, type Secret } from '@gateway/kernel'
import type { ClusterOptions as AnyClusterOptions, RedisOptions as AnyOptions } from 'ioredis'

/** Which shape replies have is not chosen here. */
type DriverOptions = Omit<AnyOptions, 'replyMapping'>
type ClusterOptions = Omit<AnyClusterOptions, 'redisOptions'> & { readonly redisOptions: DriverOptions }

/** Times are in seconds. What is absent has the default of the configuration. */
export interface RedisOptions {
  readonly host: string
  readonly port: number
  readonly username?: string | undefined
  readonly password?: Secret | undefined
  readonly db: number
  readonly ssl: boolean
  readonly ssl_cert_reqs?: 'required' | 'optional' | 'none' | undefined
  /** A PEM file. */
  readonly ssl_ca_certs?: string | undefined
  readonly socket_timeout?: number | undefined
  readonly socket_connect_timeout?: number | undefined
  /** 0: never. */
  readonly health_check_interval?: number | undefined
  readonly sentinel?: SentinelOptions | undefined
  readonly cluster?: { readonly nodes: readonly string[] } | undefined
}

export const REDIS_DEFAULTS: RedisOptions = { host: 'localhost', port: 6379, db: 0, ssl: false }

export interface SentinelOptions {
  /** What the sentinels call the master. */
  readonly name: string
  /** `host:port` */
  readonly nodes: readonly string[]
  readonly username?: string | undefined
  readonly password?: Secret | undefined
  readonly ssl?: boolean | undefined
}

export type DriverPlan =
  | { readonly kind: 'single'; readonly options: DriverOptions }
  | {
      readonly kind: 'cluster'
      readonly nodes: readonly { readonly host: string; readonly port: number }[]
      readonly options: ClusterOptions
    }

const SOCKET_TIMEOUT_SECONDS = 0.5
const CONNECT_TIMEOUT_SECONDS = 1
/** After a command's own time-out: then the peer is taken for gone, and a new connection is made. */
const SILENCE_MS = 1_500
const RECONNECT_MS_MAX = 1_000
const REDIS_PORT = 6379
const SENTINEL_PORT = 26_379

export function timeoutsOf(options: RedisOptions): { readonly commandMs: number; readonly connectMs: number } {
  return {
    commandMs: (options.socket_timeout ?? SOCKET_TIMEOUT_SECONDS) * 1_000,
    connectMs: (options.socket_connect_timeout ?? CONNECT_TIMEOUT_SECONDS) * 1_000,
  }
}

/**
 * Nothing is queued for longer than a connection may take, and nothing is sent twice: a repeated `SET NX` or `GETDEL` would answer "no"
 * to whoever won. (A redirection within a cluster is no repetition: the node that redirects has done nothing.)
 * @throws Misconfigured
 */
export function driverPlan(options: RedisOptions): DriverPlan {
  const { sentinel, cluster } = options
  if (sentinel && cluster) throw new Misconfigured(['storage.redis: either sentinel or cluster, not both'])
  if (!cluster) return { kind: 'single', options: { ...connectionOptions(options), ...whereabouts(options) } }
  if (options.db !== 0) throw new Misconfigured(['storage.redis.db: a cluster has database 0 only'])
  return {
    kind: 'cluster',
    nodes: cluster.nodes.map((node) => hostAndPort(node, REDIS_PORT)),
    options: {
      // Without the check a node that is loading says so at once, instead of keeping commands until it has loaded.
      redisOptions: { ...connectionOptions(options), enableReadyCheck: false },
      // For as long as a connection to a node takes: each is made when it is first needed.
      enableOfflineQueue: true,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      slotsRefreshTimeout: timeoutsOf(options).connectMs,
      clusterRetryStrategy: reconnectAfter,
      // Names are left to the connection itself, which compares them with the certificate.
      dnsLookup: (address, done) => done(null, address),
    },
  }
}

function whereabouts({ host, port, db, sentinel, ...options }: RedisOptions): DriverOptions {
  if (!sentinel) return { host, port, db }
  const tls = tlsOf({ host: '', ...options })
  return {
    name: sentinel.name,
    sentinels: sentinel.nodes.map((node) => hostAndPort(node, SENTINEL_PORT)),
    ...(sentinel.username === undefined ? {} : { sentinelUsername: sentinel.username }),
    ...(sentinel.password === undefined ? {} : { sentinelPassword: sentinel.password.open() }),
    ...(sentinel.ssl ? { sentinelTLS: tls } : {}),
    ...(options.ssl ? { enableTLSForSentinelMode: true } : {}),
    sentinelCommandTimeout: timeoutsOf({ host, port, db, ...options }).commandMs,
    sentinelRetryStrategy: reconnectAfter,
    db,
  }
}

function connectionOptions(options: RedisOptions): DriverOptions {
  const { commandMs, connectMs } = timeoutsOf(options)
  const single = !options.sentinel && !options.cluster
  return {
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password.open() }),
    ...(options.ssl ? { tls: tlsOf({ ...options, host: single ? options.host : '' }) } : {}),
    connectionName: 'mcp-oauth-gateway',
    // Nothing here needs RESP3, and ioredis 6.0.0 has decoding errors in it that later versions mend.
    protocol: 2,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: commandMs,
    connectTimeout: connectMs,
    socketTimeout: commandMs + SILENCE_MS,
    retryStrategy: reconnectAfter,
    // A master that became a replica: connect anew (1), and do not send the command again (2 would).
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  }
}

/** Without a `servername` the certificate is compared with the host or address that is connected to. */
function tlsOf(options: Pick<RedisOptions, 'host' | 'ssl_cert_reqs' | 'ssl_ca_certs'>): ConnectionOptions {
  const { host, ssl_cert_reqs: checked, ssl_ca_certs: file } = options
  return {
    ...(host === '' || isIP(host) !== 0 ? {} : { servername: host }),
    rejectUnauthorized: checked !== 'none',
    ...(file === undefined ? {} : { ca: readAuthorities(file) }),
  }
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as { code?: string }
    throw new Misconfigured([`storage.redis.ssl_ca_certs: ${file} cannot be read (${code ?? 'unknown error'})`])
  }
}

function reconnectAfter(attempt: number): number {
  return Math.min(50 * attempt, RECONNECT_MS_MAX)
}

/** `redis-1:6379`, `[2001:db8::1]:6379`, or a host alone. */
function hostAndPort(node: string, defaultPort: number): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(node) ?? []
  return { host: bracketed ?? plain ?? node, port: port === undefined ? defaultPort : Number(port) }
}
