/** One pool of kept-alive connections per backend, so that a slow one takes none of another's, and what is known of its health. */
import { hash } from 'node:crypto'
import type { UpstreamConfig } from '@gateway/config'
import { Pool } from 'undici'
import type { Backend, ServedService } from '../domain/served-service.ts'
import { Circuit } from './circuit.ts'
import type { UpstreamClient } from './client.ts'
import { Http1Pool } from './http1/pool.ts'

export interface Upstream {
  readonly client: UpstreamClient
  readonly circuit: Circuit
}

export interface Upstreams {
  of(served: ServedService, backend: Backend): Upstream
  /**
   * The backend for a request: the one that has its session, else each in its turn, those that cannot be reached left out.
   * Undefined when the session's is no longer one of the service's. A session of a time when there was one alone is the first's.
   */
  choose(served: ServedService, replica: string | undefined, now: number): Backend | undefined
  close(): Promise<void>
}

/** Shorter than the 5 s after which Node servers close an idle connection, so that none is used in the moment it dies. */
const IDLE_SECONDS = 4

interface Opened extends Upstream {
  /** What the pool was opened with; another one opens another pool. */
  readonly connection: string
}

/** `settingsOf`: the service's `upstream` section of this process's configuration; absent where it has no such service. */
export function createUpstreams(settingsOf: (serviceId: string) => UpstreamConfig | undefined): Upstreams {
  const opened = new Map<string, Opened>()
  /** By catalogue entry, so that an unchanged one is found by one comparison. */
  const current = new Map<Backend, { readonly settings: UpstreamConfig | undefined; readonly upstream: Opened }>()
  let turn = 0

  function open(served: ServedService, backend: Backend, settings: UpstreamConfig | undefined): Opened {
    const key = keyOf(backend)
    const connection = hash('sha256', JSON.stringify([connectMs(served), settings, settings?.tls.key?.open()]))
    const known = opened.get(key)
    if (known?.connection === connection) return known
    const client = clientOf(backend.origin, served, settings)
    // What is under way on the old one finishes there.
    void known?.client.close()
    const made = { client, circuit: new Circuit(), connection }
    opened.set(key, made)
    return made
  }

  function of(served: ServedService, backend: Backend): Upstream {
    const settings = settingsOf(served.service.id)
    const known = current.get(backend)
    if (known !== undefined && known.settings === settings) return known.upstream
    forget(served)
    const upstream = open(served, backend, settings)
    current.set(backend, { settings, upstream })
    return upstream
  }

  /** What an older entry of the service had and this one has not; what is under way there finishes. */
  function forget({ service, backends }: ServedService): void {
    for (const [each] of current) {
      if (each.serviceId !== service.id || backends.includes(each)) continue
      current.delete(each)
      if (backends.some(({ origin }) => origin === each.origin)) continue
      const key = keyOf(each)
      void opened.get(key)?.client.close()
      opened.delete(key)
    }
  }

  return {
    of,
    choose(served, replica, now) {
      const { backends } = served
      if (replica !== undefined && replica !== '') return backends.find((backend) => backend.tag === replica)
      if (backends.length === 1 || replica === '') return served.backend
      const reachable = backends.filter((backend) => !of(served, backend).circuit.isOpen(now))
      return inTurn(reachable.length > 0 ? reachable : backends, turn++)
    },
    async close() {
      const pools = [...opened.values()].map(({ client }) => client.destroy())
      opened.clear()
      await Promise.all(pools)
    },
  }
}

function inTurn<Item>(items: readonly Item[], turn: number): Item | undefined {
  return items[turn % items.length]
}

function connectMs({ service }: ServedService): number {
  return service.timeouts?.connect ?? service.timeout
}

function keyOf({ serviceId, origin }: Backend): string {
  return `${serviceId} ${origin}`
}

/** TLS may lead to HTTP/2, which is undici's; what is plain is HTTP/1.1 and takes the short way (README, "Speed"). */
function clientOf(origin: string, { service }: ServedService, settings: UpstreamConfig | undefined): UpstreamClient {
  const connectMs = service.timeouts?.connect ?? service.timeout
  // A stream that has begun may be silent for as long as it likes, unless the operator says otherwise.
  const bodyMs = service.timeouts?.idle ?? 0
  const idleMs = (settings?.idle_seconds ?? IDLE_SECONDS) * 1_000
  const connectionsMax = settings?.connections
  if (origin.startsWith('http:')) return new Http1Pool(origin, { connectMs, bodyMs, idleMs, connectionsMax })
  const { ca, certificate, key, server_name } = settings?.tls ?? {}
  return new Pool(origin, {
    connect: {
      timeout: connectMs,
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key: key.open() }),
      ...(server_name === undefined ? {} : { servername: server_name }),
    },
    connections: connectionsMax ?? null,
    keepAliveTimeout: idleMs,
    bodyTimeout: bodyMs,
    allowH2: settings?.http2 ?? true,
    // It takes any iterable for a body; its types do not say so.
  }) as UpstreamClient
}
