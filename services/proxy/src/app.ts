/** The proxy, wired: projections of others' facts, token verification, the hot path and the few routes beside it. */
import { randomBytes } from 'node:crypto'
import type { Config, UpstreamConfig } from '@gateway/config'
import { type App, type AppDeps, type Audit, createAudit, createHttp, hostAllowed } from '@gateway/service'
import { AssertionKey } from './assertion/assertion-key.ts'
import { createAssertions } from './assertion/assertions.ts'
import { createCalls } from './calls.ts'
import { createAddressOf } from './client-address.ts'
import { CatalogueView } from './domain/catalogue.ts'
import { createOrigins, type Origins } from './domain/origins.ts'
import { RevocationsView } from './domain/revocations.ts'
import { SessionBinding } from './domain/session-binding.ts'
import { createHotPath } from './hot-path/handler.ts'
import { createOpenStreams, type OpenStreamsOptions } from './hot-path/open-streams.ts'
import { createWhileOpen } from './hot-path/while-open.ts'
import { createLimits } from './limits/limits.ts'
import { createProjections, KeysView, type Views } from './projections.ts'
import { refusals } from './refusals.ts'
import { registerRoutes } from './routes.ts'
import { createStaleness, type Staleness } from './staleness.ts'
import { createAuthenticate } from './token/authenticate.ts'
import { CLOCK_SKEW_MS } from './token/verify.ts'
import { createUpstreamCredentials } from './upstream/credentials.ts'
import { createUpstreams } from './upstream/upstreams.ts'
import { createUserTokens } from './upstream/user-tokens.ts'

const HOSTS_MAX = 100

/** The proxy has HTTP, always. */
export type ProxyApp = App & Required<Pick<App, 'handler'>>

export function createApp(deps: AppDeps): Promise<ProxyApp> {
  return createProxy(deps, createAudit('proxy', deps))
}

export interface ProxyOptions {
  readonly streams?: OpenStreamsOptions
}

/** A start does not wait longer for the assertion key: what needs it is refused until it is there. */
const ASSERTION_KEY_WAIT_MS = 3_000

/** {@link createApp} with another recorder and other intervals, so that what they do can be measured and tested. */
export async function createProxy(deps: AppDeps, audit: Audit, options: ProxyOptions = {}): Promise<ProxyApp> {
  const { bus, clock, log } = deps
  const current = currentSettings(deps)
  const views = {
    catalogue: new CatalogueView(deps.config.issuer),
    keys: new KeysView(),
    revocations: new RevocationsView(lifeMsOf(deps)),
    assertionKey: new AssertionKey({ bus, clock, log }),
  }
  const { catalogue, assertionKey } = views
  const projections = createProjections({ bus, audit, log }, views)
  const upstreams = createUpstreams(current.upstreamOf)
  const streams = createOpenStreams(clock, options.streams)
  const mcp = createHotPath({
    ...verification(deps, views, current),
    ...surroundings(deps),
    catalogue,
    origins: () => current.origins,
    limits: createLimits(() => current.config.limits, clock),
    bodyBytesMax: () => current.config.limits.body_bytes,
    upstreams,
    credentials: createUpstreamCredentials(current.upstreamOf, clock, createUserTokens({ bus, clock })),
    streams,
    calls: createCalls(audit),
    recordable: () => audit.admits(),
  })

  const http = await createHttp(deps, { refusals })
  registerRoutes(http, deps, { catalogue, origins: () => current.origins })
  await http.ready()

  return {
    handler: (request, response) => {
      if (!mcp(request, response)) http.routing(request, response)
    },
    async start() {
      await projections.start()
      if (catalogue.list().some(({ service }) => service.audience !== undefined)) assertionKey.want()
      await assertionKey.ready(ASSERTION_KEY_WAIT_MS)
    },
    checks: () => projections.checks(),
    async stop() {
      current.stop()
      assertionKey.stop()
      streams.stop()
      await projections.stop()
      await upstreams.close()
      await http.close()
      await audit.close()
    },
  }
}

/** Revocations are kept as long, so a token is accepted no longer. */
function lifeMsOf({ config }: Pick<AppDeps, 'config'>): number {
  return config.tokens.access_ttl_seconds * 1_000 + CLOCK_SKEW_MS
}

/** Who calls, what backends are told of it, and whether it may go on. */
function verification({ config, keyring }: AppDeps, views: Views, current: Settings) {
  const { issuer } = config
  const { catalogue, keys, revocations, assertionKey } = views
  const verifier = { issuer, lifeMs: lifeMsOf({ config }), keyOf: (kid: string) => keys.get(kid), revocations }
  const lingerMs = () => current.config.limits.stream_after_expiry_seconds * 1_000
  return {
    issuer,
    authenticate: createAuthenticate(verifier),
    sessions: new SessionBinding(keyring),
    assertions: createAssertions({ issuer, key: () => assertionKey.current() }),
    revocationsTooOld: () => current.staleness.isTooLong(),
    problemWhileOpen: createWhileOpen({ ...verifier, catalogue, lingerMs }),
  }
}

/** Where the request comes from and where it came to. */
function surroundings({ config, clock }: AppDeps) {
  const { host, protocol } = new URL(config.issuer)
  return {
    clock,
    newRequestId: countedIds(),
    hostAllowed: remembered((name) => hostAllowed(name, config)),
    addressOf: createAddressOf(config.trusted_proxies),
    forwardedOrigin: ['X-Forwarded-Host', host, 'X-Forwarded-Proto', protocol.slice(0, -1)],
  }
}

interface Settings {
  readonly config: Config
  readonly origins: Origins
  /** The service's `upstream` section of this process's configuration; undefined where that has no such service. */
  readonly upstreamOf: (serviceId: string) => UpstreamConfig | undefined
  readonly staleness: Staleness
  readonly stop: () => void
}

/** What a reload of the configuration changes. Everything else of it is as it was at the start. */
function currentSettings({ config, reloads, bus, clock }: AppDeps): Settings {
  const current = { config, origins: createOrigins(config) }
  const unsubscribe = reloads.subscribe((next) => {
    current.config = next
    current.origins = createOrigins(next)
  })
  const staleness = createStaleness(bus, clock, () => current.config.limits.revocation_staleness_seconds)
  const stop = () => {
    unsubscribe()
    staleness.stop()
  }
  const upstreamOf = (id: string) => current.config.mcp_services[id]?.upstream
  return Object.assign(current, { upstreamOf, staleness, stop })
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
