/** The wiring of the provider-bridge, all of it, by hand. */
import type { Config } from '@gateway/config'
import { Misconfigured } from '@gateway/kernel'
import { type App, type AppDeps, type Check, createAudit } from '@gateway/service'
import { encrypted, namespaced } from '@gateway/store'
import { type BridgeDeps, SERVICE } from './deps.ts'
import { providerSettings } from './domain/provider-settings.ts'
import { People } from './people.ts'
import { serveOperations, tellFacts } from './subscriptions.ts'
import { PROVIDER } from './upstream/guarded-fetch.ts'
import { createProvider, type Provider } from './upstream/provider.ts'

/** A profile outlives the last refresh token that was issued for it, whatever the clocks say. */
const SLACK_SECONDS = 86_400

/** @throws Misconfigured when the configured provider lacks something that no retry can mend */
export async function createApp(appDeps: AppDeps): Promise<App> {
  const deps = wire(appDeps)
  const { audit, bus, provider } = deps
  const running: { stop(): Promise<void> }[] = []

  return {
    /** The provider is not waited for: people who are signed in do not need it. */
    async start() {
      running.push(...(await serveOperations(deps)), ...(await tellFacts(deps)))
    },

    checks(): readonly Check[] {
      const problem = provider?.problem()
      return [
        { name: 'bus', ok: bus.status() === 'up', detail: bus.status() },
        ...(provider ? [{ name: PROVIDER, ok: problem === undefined, ...(problem ? { detail: problem } : {}) }] : []),
      ]
    },

    async stop() {
      for (const part of running.splice(0)) await part.stop()
      await audit.close()
    },
  }
}

function wire({ config, bus, store, keyring, clock, log }: AppDeps): BridgeDeps {
  const ttlMs = (config.tokens.refresh_max_seconds + SLACK_SECONDS) * 1000
  return {
    bus,
    clock,
    log,
    keyring,
    audit: createAudit({ service: SERVICE, bus, clock, log }),
    people: new People(encrypted(namespaced(store, SERVICE), keyring, SERVICE), ttlMs),
    provider: openProvider(config, { clock, log }),
  }
}

function openProvider(config: Config, deps: Pick<AppDeps, 'clock' | 'log'>): Provider | undefined {
  const [entry] = Object.entries(config.oauth_providers)
  if (!entry) return undefined
  const { settings, problems } = providerSettings(...entry)
  if (problems.length > 0) throw new Misconfigured(problems)
  return createProvider(settings, `${config.issuer}/oauth/callback`, deps)
}
