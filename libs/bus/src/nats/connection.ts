/**
 * The one connection of a process, and whether it stands. The driver neither fails nor queues what is sent while it is
 * disconnected, but drops it, so everything asks {@link Connection.assertUp} first and is answered at once.
 */
import { Misconfigured, type Secret, Unavailable } from '@gateway/kernel'
import {
  type Authenticator,
  connect,
  DebugEvents,
  ErrorCode,
  Events,
  type JetStreamManager,
  type NatsConnection,
  type ConnectionOptions as NatsConnectOptions,
  NatsError,
  nkeyAuthenticator,
  nkeys,
} from 'nats'
import type { FailureListener } from '../ports.ts'
import { pause, retryDelayMs } from '../retry.ts'
import { denied } from './errors.ts'

export interface ConnectionOptions {
  /** `nats://host:port` or `tls://host:port`; several, separated by commas, for a cluster. */
  readonly url: string
  /** How the server's operator sees this connection: the service's name. */
  readonly name: string
  readonly nkeySeed?: Secret | undefined
  /** Where answers arrive; permissions of a service allow only its own (`_INBOX_proxy`). */
  readonly inboxPrefix?: string | undefined
  /** A server that is frozen is noticed after three of these. */
  readonly pingIntervalMs?: number | undefined
}

export interface ConnectionListener {
  readonly onDown?: () => void
  readonly onUp?: () => void
  /** The server refused a publication to this subject. */
  readonly onDenied?: (subject: string) => void
}

const CONNECT_TIMEOUT_MS = 5_000
const API_TIMEOUT_MS = 2_000
const RECONNECT_MS = 250
const PING_MS = 2_000
const RETRY_MS_MAX = 5_000

/** Waits for a server that is not there yet. @throws Misconfigured the address is malformed or the key is refused */
export async function openConnection(options: ConnectionOptions, onFailure: FailureListener): Promise<Connection> {
  const servers = options.url.split(',').map((url) => url.trim())
  const malformed = servers.filter((url) => !/^(?:nats|tls):\/\/[^/@]+\/?$/.test(url))
  if (malformed.length > 0) throw new Misconfigured(['nats.url is nats://host:port or tls://host:port'])
  const connectOptions = toConnectOptions(servers, options)
  for (let failures = 1; ; failures++) {
    try {
      return new Connection(await connect(connectOptions), options.name, onFailure)
    } catch (error) {
      if (error instanceof NatsError && REFUSED.has(error.code)) {
        throw new Misconfigured([`nats: the server refuses the key of ${options.name}`])
      }
      if (!(error instanceof NatsError)) throw error
      onFailure(new Unavailable('bus', { cause: error }), { activity: 'connect', of: options.name })
      await pause(retryDelayMs(failures, RETRY_MS_MAX))
    }
  }
}

const REFUSED: ReadonlySet<string> = new Set([ErrorCode.AuthorizationViolation, ErrorCode.AccountExpired])

function toConnectOptions(servers: string[], options: ConnectionOptions): NatsConnectOptions {
  return {
    servers,
    name: options.name,
    ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
    ...(options.nkeySeed === undefined ? {} : { authenticator: authenticatorOf(options.nkeySeed) }),
    timeout: CONNECT_TIMEOUT_MS,
    // By default it gives up for good after about 20 s.
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: RECONNECT_MS,
    // A key may be refused for a moment while the server's configuration is being replaced.
    ignoreAuthErrorAbort: true,
    pingInterval: options.pingIntervalMs ?? PING_MS,
    maxPingOut: 2,
    noAsyncTraces: true,
  }
}

function authenticatorOf(seed: Secret): Authenticator {
  const bytes = new TextEncoder().encode(seed.open())
  try {
    nkeys.fromSeed(bytes)
  } catch {
    throw new Misconfigured(['nats.nkey_seed is no nkey seed (SU…)'])
  }
  return nkeyAuthenticator(bytes)
}

export class Connection {
  readonly nc: NatsConnection
  readonly name: string
  readonly #onFailure: FailureListener
  readonly #listeners = new Set<ConnectionListener>()
  #up = true

  constructor(nc: NatsConnection, name: string, onFailure: FailureListener) {
    this.nc = nc
    this.name = name
    this.#onFailure = onFailure
    void this.#watch()
    void nc.closed().then(() => this.#tell('onDown'))
  }

  status(): 'up' | 'down' | 'closed' {
    if (this.nc.isClosed()) return 'closed'
    return this.#up ? 'up' : 'down'
  }

  /** @throws Unavailable */
  assertUp(): void {
    if (this.status() === 'up') return
    throw new Unavailable('bus', {
      cause: new Error(`the connection to NATS is ${this.status()}`),
      retryAfterSeconds: 1,
    })
  }

  /** JetStream's API, for what has no faster way of its own. */
  manager(): Promise<JetStreamManager> {
    return this.nc.jetstreamManager({ checkAPI: false, timeout: API_TIMEOUT_MS })
  }

  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when all that was sent has reached the server; at once when there is none. */
  async flush(): Promise<void> {
    if (this.status() === 'up') await this.nc.flush().catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.flush()
    await this.nc.close()
  }

  async #watch(): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === Events.Reconnect) this.#change(true)
      else if (status.type === Events.Disconnect || status.type === DebugEvents.StaleConnection) this.#change(false)
      else if (status.type === Events.Error) this.#denied(status.permissionContext)
    }
  }

  #change(up: boolean): void {
    if (this.#up === up) return
    this.#up = up
    if (!up)
      this.#onFailure(new Unavailable('bus', { cause: new Error('disconnected') }), {
        activity: 'connect',
        of: this.name,
      })
    this.#tell(up ? 'onUp' : 'onDown')
  }

  #tell(what: 'onUp' | 'onDown'): void {
    for (const listener of this.#listeners) listener[what]?.()
  }

  #denied(context: { readonly operation: string; readonly subject: string } | undefined): void {
    if (!context) return
    this.#onFailure(denied(context.subject), { activity: 'connect', of: this.name })
    if (context.operation === 'publish') for (const listener of this.#listeners) listener.onDenied?.(context.subject)
  }
}
