/** The proxy, wired: projections of others' facts, token verification, the hot path and the few routes beside it. */
import { randomBytes } from 'node:crypto'
import { type App, type AppDeps, type Audit, createAudit, createHttp, hostAllowed } from '@gateway/service'
import { createCalls } from './calls.ts'
import { createAddressOf } from './client-address.ts'
import { CatalogueView } from './domain/catalogue.ts'
import { createOrigins } from './domain/origins.ts'
import { RevocationsView } from './domain/revocations.ts'
import { createHotPath } from './hot-path/handler.ts'
import { createUpstreams } from './hot-path/upstreams.ts'
import { createProjections, KeysView } from './projections.ts'
import { refusals } from './refusals.ts'
import { registerRoutes } from './routes.ts'
import { createAuthenticate } from './token/authenticate.ts'
import { CLOCK_SKEW_MS } from './token/verify.ts'

const HOSTS_MAX = 100

/** The proxy has HTTP, always. */
export type ProxyApp = App & Required<Pick<App, 'handler'>>

export function createApp(deps: AppDeps): Promise<ProxyApp> {
  const { bus, clock, log } = deps
  return createProxy(deps, createAudit({ service: 'proxy', bus, clock, log }))
}

/** {@link createApp} with another recorder, so that what recording costs can be measured. */
export async function createProxy(deps: AppDeps, audit: Audit): Promise<ProxyApp> {
  const { config, bus, clock, log } = deps
  const lifeMs = config.tokens.access_ttl_seconds * 1_000 + CLOCK_SKEW_MS
  const catalogue = new CatalogueView(config.issuer)
  const keys = new KeysView()
  const revocations = new RevocationsView(lifeMs)
  const projections = createProjections({ bus, audit, log }, { catalogue, keys, revocations })
  const origins = createOrigins(config)
  const upstreams = createUpstreams()
  const issuer = new URL(config.issuer)

  const mcp = createHotPath({
    catalogue,
    authenticate: createAuthenticate({ issuer: config.issuer, lifeMs, keyOf: (kid) => keys.get(kid), revocations }),
    origins,
    upstreams,
    calls: createCalls(audit),
    clock,
    newRequestId: countedIds(),
    hostAllowed: remembered((host) => hostAllowed(host, config)),
    addressOf: createAddressOf(config.trusted_proxies),
    forwardedOrigin: ['X-Forwarded-Host', issuer.host, 'X-Forwarded-Proto', issuer.protocol.slice(0, -1)],
  })

  const http = await createHttp(deps, { refusals })
  registerRoutes(http, deps, { catalogue, origins })
  await http.ready()

  return {
    handler: (request, response) => {
      if (!mcp(request, response)) http.routing(request, response)
    },
    start: () => projections.start(),
    checks: () => projections.checks(),
    async stop() {
      await projections.stop()
      await upstreams.close()
      await http.close()
      await audit.close()
    },
  }
}

/** Unique among all replicas, and cheap: random once, counted from then on. They name requests and guard nothing. */
function countedIds(): () => string {
  const prefix = randomBytes(12).toString('base64url')
  let count = 0
  return () => `${prefix}-${(count++).toString(36)}`
}

/** Answers of a slow pure question about a short text, kept for the few texts that are asked about. */
function remembered(ask: (text: string | undefined) => boolean): (text: string | undefined) => boolean {
  const answers = new Map<string | undefined, boolean>()
  return (text) => {
    const known = answers.get(text)
    if (known !== undefined) return known
    if (answers.size >= HOSTS_MAX) answers.clear()
    const answer = ask(text)
    answers.set(text, answer)
    return answer
  }
}
