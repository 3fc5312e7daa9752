/** One pool of kept-alive connections per backend, so that a slow one takes none of another's, and what is known of its health. */
import type { UpstreamConfig } from '@gateway/config'
import { type Dispatcher, Pool } from 'undici'
import type { Backend, ServedService } from '../domain/served-service.ts'
import { Circuit } from './circuit.ts'

export interface Upstream {
  readonly dispatcher: Dispatcher
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
  readonly pool: Pool
  /** What the pool was opened with; another one opens another pool. */
  readonly connection: string
}

/** `settingsOf`: the service's `upstream` section of this process's configuration; absent where it has no such service. */
export function createUpstreams(settingsOf: (serviceId: string) => UpstreamConfig | undefined): Upstreams {
  const opened = new Map<string, Opened>()
  /** Of services: what they were opened for, so that an unchanged one is found by one comparison. */
  const current = new Map<Backend, { readonly settings: UpstreamConfig | undefined; readonly upstream: Opened }>()
  let turn = 0

  function open(served: ServedService, backend: Backend, settings: UpstreamConfig | undefined): Opened {
    const key = `${served.service.id} ${backend.origin}`
    const connection = JSON.stringify([connectMs(served), settings?.tls, settings?.tls.key?.open(), pooling(settings)])
    const known = opened.get(key)
    if (known?.connection === connection) return known
    const pool = new Pool(backend.origin, optionsOf(served, settings))
    const made = { pool, dispatcher: pool, circuit: new Circuit(), connection }
    opened.set(key, made)
    // What is under way on the old one finishes there.
    void known?.pool.close()
    return made
  }

  function of(served: ServedService, backend: Backend): Upstream {
    const settings = settingsOf(served.service.id)
    const known = current.get(backend)
    if (known !== undefined && known.settings === settings) return known.upstream
    for (const [each] of current)
      if (each.origin === backend.origin && each.serviceId === backend.serviceId) current.delete(each)
    const upstream = open(served, backend, settings)
    current.set(backend, { settings, upstream })
    return upstream
  }

  return {
    of,
    choose(served, replica, now) {
      const { backends } = served
      if (replica !== undefined && replica !== '') return backends.find((backend) => backend.tag === replica)
      if (backends.length === 1 || replica === '') return served.backend
      const reachable = backends.filter((backend) => !of(served, backend).circuit.isOpen(now))
      const among = reachable.length > 0 ? reachable : backends
      return among[turn++ % among.length]
    },
    async close() {
      await Promise.all([...opened.values()].map(({ pool }) => pool.destroy()))
      opened.clear()
      current.clear()
    },
  }
}

function connectMs({ service }: ServedService): number {
  return service.timeouts?.connect ?? service.timeout
}

function pooling(settings: UpstreamConfig | undefined): readonly unknown[] {
  return [settings?.connections, settings?.idle_seconds, settings?.http2]
}

function optionsOf(served: ServedService, settings: UpstreamConfig | undefined): Pool.Options {
  const { ca, certificate, key, server_name } = settings?.tls ?? {}
  return {
    connect: {
      timeout: connectMs(served),
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key: key.open() }),
      ...(server_name === undefined ? {} : { servername: server_name }),
    },
    connections: settings?.connections ?? null,
    keepAliveTimeout: (settings?.idle_seconds ?? IDLE_SECONDS) * 1_000,
    // A stream that has begun may be silent for as long as it likes, unless the operator says otherwise.
    bodyTimeout: served.service.timeouts?.idle ?? 0,
    allowH2: settings?.http2 ?? true,
  }
}
