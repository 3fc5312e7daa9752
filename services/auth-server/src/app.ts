/** Wires the auth-server by hand; importing it does nothing. */
import cookie from '@fastify/cookie'
import type { Projection, Subscription } from '@gateway/bus'
import { durables, sources } from '@gateway/contracts'
import { type App, type AppDeps, auditFacts, createAudit, createHttp } from '@gateway/service'
import { encrypted, namespaced, openCounter } from '@gateway/store'
import { tellAuthorization, tellConsent } from './domain/audit.ts'
import { createCatalogue } from './domain/catalogue.ts'
import { createLimits } from './limits.ts'
import { createPages } from './pages/pages.ts'
import { createPushedRequests } from './pushed-requests.ts'
import { answers } from './refusals.ts'
import { addRoutes } from './routes.ts'
import { createSessions } from './sessions.ts'

const SERVICE = 'auth-server'

export async function createApp(deps: AppDeps): Promise<App> {
  const { bus, clock, keyring, log } = deps
  let { config } = deps
  const audit = createAudit(SERVICE, deps)
  const catalogue = createCatalogue(config.issuer, (subject) => {
    log.error({ subject }, 'facts are missing from the catalogue')
    audit.record('audit.gap.commits-missed', { decision: 'recorded', reason: subject })
  })
  const http = await createHttp(deps, { refusals: answers })
  await http.register(cookie)
  const store = encrypted(namespaced(deps.store, SERVICE), keyring, SERVICE)
  const life = { idleMs: config.sessions.idle_seconds * 1_000, maxMs: config.sessions.max_seconds * 1_000 }
  const sessions = createSessions(store, clock, life)
  const pushed = createPushedRequests(store)
  const pages = createPages(config.branding)
  const counter = deps.counter ?? (await openCounter({ type: 'memory' })).counter
  const limits = createLimits(counter, () => config.limits.oauth, log)
  const wired = { bus, keyring, clock, audit, catalogue, sessions, pushed, limits, pages }
  addRoutes(http, {
    ...wired,
    get config() {
      return config
    },
  })
  await http.ready()

  let projection: Projection | undefined
  const subscriptions: Subscription[] = []
  let stopListening = () => {}

  return {
    handler: (request, response) => http.routing(request, response),
    async start() {
      stopListening = deps.reloads.subscribe((next) => {
        config = next
      })
      projection = await bus.project(sources.catalogue, catalogue)
      await projection.caughtUp
      const told = { service: SERVICE, bus }
      subscriptions.push(await auditFacts(told, durables.auditAuthorizations, tellAuthorization))
      subscriptions.push(await auditFacts(told, durables.auditConsents, tellConsent))
    },
    checks: () => [{ name: 'catalogue', ok: projection !== undefined, ...lagOf(projection) }],
    async stop() {
      stopListening()
      await http.close()
      await Promise.all(subscriptions.map((subscription) => subscription.stop()))
      await projection?.stop()
      await audit.close()
    },
  }
}

function lagOf(projection: Projection | undefined): { detail?: string } {
  const lag = projection?.lag() ?? 0
  return lag === 0 ? {} : { detail: `${lag} facts behind` }
}
