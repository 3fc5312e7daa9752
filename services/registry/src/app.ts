/** The registry: everything wired by hand. */
import type { Projection, Subscription } from '@gateway/bus'
import { sources } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { type App, type AppDeps, type Check, createAudit } from '@gateway/service'
import { createClients, knownBeforehand, type Network } from './clients.ts'
import { type Catalogue, configuredCatalogue } from './domain/catalogue.ts'
import { type CatalogueView, catalogueView } from './domain/catalogue-view.ts'
import { publishCatalogue } from './handlers/publish-catalogue.ts'
import { openReactions, serveOperations, serveOperators } from './subscriptions.ts'

const RETRY_MS = 1_000
const POLL_MS = 5

/** @param network how the documents of clients are fetched; absent: as everybody would. @throws Misconfigured */
export async function createApp(deps: AppDeps, network: Network = {}): Promise<App> {
  const { bus, config, log } = deps
  /** What a reload replaces. */
  const current = {
    policy: config.registration,
    configured: knownBeforehand(config),
    catalogue: configuredCatalogue(config),
  }
  const clients = createClients({ ...deps, policy: () => current.policy }, network)
  const audit = createAudit('registry', deps)
  const view = catalogueView((subject, from, to) => {
    log.error({ subject, from, to }, 'facts are missing from the catalogue')
    audit.record('audit.gap.commits-missed', { decision: 'recorded', reason: `${subject}: ${from} came as ${to}` })
  })
  const subscriptions: Subscription[] = []
  const stopping = new AbortController()
  const publish = () => untilPublished(deps, view, current.catalogue, stopping.signal)
  let projection: Projection | undefined
  let unsubscribe: () => void = () => undefined

  return {
    async start() {
      projection = await bus.project(sources.catalogue, view)
      await projection.caughtUp
      const { refresh_ttl_seconds: refreshTtlSeconds } = config.tokens
      const fixed = { ...deps, ...clients, audit, view, issuer: config.issuer, refreshTtlSeconds }
      const wired = Object.assign(current, fixed)
      subscriptions.push(...(await serveOperations(wired)))
      subscriptions.push(...(await serveOperators(wired)))
      subscriptions.push(...(await openReactions(wired)))
      await publish()
      unsubscribe = deps.reloads.subscribe(async (changed) => {
        current.policy = changed.registration
        current.catalogue = configuredCatalogue(changed)
        await publish()
        // Last, since what is wrong with them is reported by being thrown: they stay as they were, the rest is in force.
        current.configured = knownBeforehand(changed)
      })
    },

    checks: () => [busCheck(deps), catalogueCheck(view, projection)],

    async stop() {
      stopping.abort()
      unsubscribe()
      await Promise.all(subscriptions.map((subscription) => subscription.stop()))
      await projection?.stop()
      await audit.close()
    },
  }
}

/** An outage of the bus is waited out; a start that stops half-way goes on where it was. */
async function untilPublished(
  { bus, clock, log }: AppDeps,
  view: CatalogueView,
  catalogue: Catalogue,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      const { outcome, changes, position } = await publishCatalogue({ bus, clock, view }, catalogue)
      while (view.position() < position && !stopping.aborted) await pause(POLL_MS)
      if (outcome === 'applied') log.info({ services: catalogue.services.length, changes }, 'catalogue published')
      else
        log.warn(
          'mcp_services of this process were superseded by another configuration: gateway services apply brings them back',
        )
      return
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      log.warn({ err: error }, 'the catalogue is published as soon as the bus takes it')
      await pause(RETRY_MS)
    }
  }
}

function busCheck({ bus }: AppDeps): Check {
  const status = bus.status()
  return { name: 'bus', ok: status === 'up', detail: status }
}

function catalogueCheck(view: CatalogueView, projection: Projection | undefined): Check {
  const lag = projection?.lag() ?? Number.POSITIVE_INFINITY
  const unreadable = view.unreadable()
  const detail = `${view.services().length} services, ${lag} facts behind${unreadable > 0 ? `, ${unreadable} unreadable` : ''}`
  return { name: 'catalogue', ok: Number.isFinite(lag) && unreadable === 0, detail }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
