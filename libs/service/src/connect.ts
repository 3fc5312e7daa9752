/** Opening what a service alone lives on: the bus over NATS, and the configured store. */
import type { Bus, FailureListener } from '@gateway/bus'
import type { NatsBus } from '@gateway/bus/nats'
import type { Config } from '@gateway/config'
import { access, type ServiceName, type StreamSpec, streams } from '@gateway/contracts'
import { type Clock, Misconfigured, Unavailable, Unreadable } from '@gateway/kernel'
import { type Counter, type KeyValue, memoryStore, openCounter, openStore } from '@gateway/store'
import type { Check } from './app.ts'
import { type Logger, logUnreadable } from './log.ts'

export interface Backends {
  readonly bus: Bus
  readonly store: KeyValue
  /** Counts where the storage is. */
  readonly counter?: Counter | undefined
}

/** The proxy keeps nothing, so it needs no credential of the store and does not notice when the store is away. */
const KEEPS_NOTHING: ReadonlySet<ServiceName> = new Set(['proxy'])

/** @throws Misconfigured a service alone reaches the others over NATS only */
export async function connect(
  config: Config,
  service: ServiceName,
  deps: { readonly clock: Clock; readonly log: Logger },
): Promise<Backends> {
  if (config.nats.url === undefined) {
    throw new Misconfigured([
      `nats.url: missing; ${service} alone reaches the other services over NATS only, e.g. nats://localhost:4222 (all five in one process need none: gateway start)`,
    ])
  }
  const bus = await openBus(config, config.nats.url, service, deps.log)
  if (KEEPS_NOTHING.has(service)) return { bus, store: memoryStore({ clock: deps.clock }) }
  const store = await openStorage(config, deps.log)
  return { bus, store, counter: await openLimits(config, deps.log) }
}

/** The configured store; what it survives by itself is said once, when it begins and when it is over. @throws Misconfigured */
export function openStorage({ storage }: Pick<Config, 'storage'>, log: Logger): Promise<KeyValue> {
  const told = new Set<string>()
  return openStore(storage, {
    onFailure(error) {
      const problem = textOf(error)
      if (told.has(problem)) return
      told.add(problem)
      log.error({ problem }, 'the login at the storage can be neither renewed nor replaced: it will end')
    },
    onRecovered() {
      told.clear()
      log.info('the login at the storage holds again')
    },
  })
}

/** @throws Misconfigured as the store does */
export async function openLimits(config: Pick<Config, 'storage'>, log: Logger): Promise<Counter> {
  const { counter, notice } = await openCounter(config.storage)
  if (notice !== undefined) log.warn(notice)
  return counter
}

/** The bus over NATS, as `name` in the server's list of connections; waits for a server that is not there yet. The driver is loaded only when it is used. */
export async function openBus(config: Config, url: string, name: string, log: Logger): Promise<NatsBus> {
  const { connectNats } = await import('@gateway/bus/nats')
  const nkeySeed = config.nats.nkey_seed
  return connectNats({
    url,
    name,
    streams: Object.values(streams),
    dependsOn: dependsOn(name),
    // Permissions let a service read the answers to its own questions only.
    inboxPrefix: `_INBOX_${name}`,
    onFailure: logFailure(log),
    ...(nkeySeed ? { nkeySeed } : {}),
  })
}

/** The streams that a service writes or holds as views; of five in one process, those of all. */
function dependsOn(name: string): readonly string[] {
  const services = Object.keys(access) as ServiceName[]
  const meant = services.filter((service) => name === service || name === 'gateway')
  const owned = Object.values<StreamSpec>(streams).filter(({ owner }) => owner && meant.includes(owner))
  const held = meant.flatMap((service) => access[service].projects)
  return [...new Set([...owned.map((stream) => stream.name), ...held.map(({ stream }) => stream)])]
}

/** What a bus survives by itself, for whoever reads the log: an outage in one line, a bug with its stack. */
export function logFailure(log: Logger): FailureListener {
  return (error, { activity, of }) => {
    if (activity === 'park')
      log.error({ of, reason: textOf(error) }, 'a fact cannot be read and was parked: see gateway parked')
    else if (activity === 'journal')
      log.error({ problem: textOf(error) }, 'facts cannot be kept: nothing new is accepted')
    else if (error instanceof Unreadable) logUnreadable(log, error, { of })
    else if (error instanceof Unavailable) log.warn({ activity, of, problem: textOf(error) }, 'the bus will try again')
    else log.error({ err: error, activity, of }, 'the bus met a bug and goes on')
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

const PING_MS = 2_000

/** What `/ready` says of the bus and the store. The store is asked each time; a store that is not used is not mentioned. */
export function backendChecks(backends: Backends, uses: { readonly store: boolean }): () => Promise<readonly Check[]> {
  return async () => {
    const status = backends.bus.status()
    const bus: Check = { name: 'bus', ok: status === 'up', ...(status === 'up' ? {} : { detail: status }) }
    return uses.store ? [bus, await storeCheck(backends.store)] : [bus]
  }
}

/** Whether this service's `/ready` speaks of the store. */
export function usesStore(service: ServiceName): boolean {
  return !KEEPS_NOTHING.has(service)
}

async function storeCheck(store: KeyValue): Promise<Check> {
  const timedOut = Promise.withResolvers<Check>()
  const timer = setTimeout(() => timedOut.resolve({ name: 'store', ok: false, detail: 'no answer' }), PING_MS)
  const asked = store.ping().then(
    (): Check => ({ name: 'store', ok: true }),
    (): Check => ({ name: 'store', ok: false, detail: 'down' }),
  )
  return Promise.race([asked, timedOut.promise]).finally(() => clearTimeout(timer))
}
