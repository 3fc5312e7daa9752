/** The wiring of the provider-bridge, all of it, by hand. */
import { setTimeout } from 'node:timers/promises'
import type { Config } from '@gateway/config'
import { Misconfigured, Unavailable } from '@gateway/kernel'
import { type App, type AppDeps, type Check, createAudit } from '@gateway/service'
import { encrypted, namespaced } from '@gateway/store'
import { type BridgeDeps, SERVICE } from './deps.ts'
import type { AccessRules } from './domain/access.ts'
import { accessRules, isOpen } from './domain/access-config.ts'
import { providerSettings } from './domain/provider-settings.ts'
import { publishAccessRules } from './handlers/publish-access-rules.ts'
import { recheck } from './handlers/recheck-user.ts'
import { People } from './people.ts'
import { Rechecks } from './rechecks.ts'
import { serveOperations, tellFacts } from './subscriptions.ts'
import { PROVIDER } from './upstream/guarded-fetch.ts'
import { createProvider, type Provider } from './upstream/provider.ts'

/** A profile outlives the last refresh token that was issued for it, whatever the clocks say. */
const SLACK_SECONDS = 86_400
/** Less than `check-user` has in all. */
const RECHECK_PATIENCE_MS = 2_000
const RETRY_MS = 1_000

/** @throws Misconfigured when the configured provider lacks something that no retry can mend */
export async function createApp(appDeps: AppDeps): Promise<App> {
  const deps = wire(appDeps)
  const { audit, bus, provider, rechecks } = deps
  const running: { stop(): Promise<void> }[] = []
  const stopping = new AbortController()
  let unsubscribe: () => void = () => undefined
  warnOfOpenDoor(deps)

  return {
    /** The provider is not waited for: people who are signed in do not need it. */
    async start() {
      running.push(...(await serveOperations(deps)), ...(await tellFacts(deps)))
      // Listening comes first: the file may change while the bus is waited for.
      unsubscribe = appDeps.reloads.subscribe(async (changed) => {
        deps.rules = rulesOf(changed, provider)
        warnOfOpenDoor(deps)
        await untilRulesAreTold(deps, stopping.signal)
      })
      await untilRulesAreTold(deps, stopping.signal)
    },

    checks(): readonly Check[] {
      const problem = provider?.problem()
      return [
        { name: 'bus', ok: bus.status() === 'up', detail: bus.status() },
        ...(provider ? [{ name: PROVIDER, ok: problem === undefined, ...(problem ? { detail: problem } : {}) }] : []),
      ]
    },

    async stop() {
      stopping.abort()
      unsubscribe()
      for (const part of running.splice(0)) await part.stop()
      await rechecks.stop()
      await audit.close()
    },
  }
}

/** One object, so that rules that a reload brings are everybody’s. */
function wire(given: AppDeps): BridgeDeps & { rules: AccessRules } {
  const { config, bus, store, keyring, clock, log } = given
  const ttlMs = (config.tokens.refresh_max_seconds + SLACK_SECONDS) * 1000
  const people = new People(encrypted(namespaced(store, SERVICE), keyring, SERVICE), ttlMs)
  const provider = openProvider(config, { clock, log })
  const asking = { bus, clock, log, people, provider, rules: rulesOf(config, provider) }
  const rechecks = new Rechecks((sub, refreshing) => recheck(asking, sub, refreshing), RECHECK_PATIENCE_MS)
  const audit = createAudit(SERVICE, given)
  const auditMaxAgeDays = config.audit.max_age_days
  return Object.assign(asking, { keyring, audit, rechecks, auditMaxAgeDays })
}

function rulesOf(config: Config, provider: Provider | undefined): AccessRules {
  return accessRules(config, provider?.settings.row.admits?.(provider.settings.keys))
}

function openProvider(config: Config, deps: Pick<AppDeps, 'clock' | 'log'>): Provider | undefined {
  const [entry] = Object.entries(config.oauth_providers)
  if (!entry) return undefined
  const { settings, problems } = providerSettings(...entry)
  if (problems.length > 0) throw new Misconfigured(problems)
  return createProvider(settings, `${config.issuer}/oauth/callback`, deps)
}

/** A dangerous default is loud. */
function warnOfOpenDoor({ provider, rules, log }: BridgeDeps): void {
  const everybody = provider?.settings.row.openTo?.(provider.settings.keys)
  if (everybody === undefined || !isOpen(rules)) return
  log.warn({ provider: provider?.settings.id }, `no access rule: ${everybody} may sign in and use protected services`)
}

/** An outage of the bus is waited out: rules that became tighter are told late rather than never. */
async function untilRulesAreTold(deps: BridgeDeps, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    try {
      const tightened = await publishAccessRules(deps)
      if (tightened.length > 0)
        deps.log.info({ tightened }, 'access rules became tighter: older tokens are judged anew')
      return
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      deps.log.warn({ err: error }, 'access rules are told as soon as the bus takes it')
      await setTimeout(RETRY_MS, undefined, { signal: stopping }).catch(() => undefined)
    }
  }
}
