/** The wiring of the token-issuer, all of it, by hand. */
import type { Subscription } from '@gateway/bus'
import { RINGS, sources } from '@gateway/contracts'
import { type App, type AppDeps, type Check, createAudit } from '@gateway/service'
import { encrypted, namespaced } from '@gateway/store'
import type { IssuerDeps } from './deps.ts'
import { KeyRingView } from './domain/key-ring-view.ts'
import { startKeyCheck } from './key-check.ts'
import { PrivateKeys } from './private-keys.ts'
import { SigningKeys } from './signing-keys.ts'
import { reactToFacts, SERVICE, serveOperations } from './subscriptions.ts'

interface Stoppable {
  stop(): Promise<void>
}

export async function createApp(appDeps: AppDeps): Promise<App> {
  const view = new KeyRingView()
  const deps = wire(appDeps, view)
  const { bus, keys, log } = deps
  /** In the order in which they are stopped: first what takes work. */
  const running: Stoppable[] = []

  return {
    /** Serves nothing before the rings are known and each has a key that signs. */
    async start() {
      const projection = await bus.project(sources.keys, view)
      running.unshift(projection)
      await projection.caughtUp
      await keys.advance()
      running.unshift(startKeyCheck(keys, log))
      const subscriptions: Subscription[] = [...(await reactToFacts(deps)), ...(await serveOperations(deps))]
      running.unshift(...subscriptions.toReversed())
    },

    checks(): readonly Check[] {
      const without = RINGS.filter((ring) => !keys.hasActive(ring))
      const signing = without.length === 0 ? {} : { detail: `no active key: ${without.join(', ')}` }
      return [
        { name: 'bus', ok: bus.status() === 'up', detail: bus.status() },
        { name: 'signing keys', ok: without.length === 0, ...signing },
      ]
    },

    async stop() {
      for (const part of running.splice(0)) await part.stop()
      await deps.audit.close()
    },
  }
}

function wire({ config, bus, store, keyring, clock, log }: AppDeps, view: KeyRingView): IssuerDeps {
  const { issuer, tokens } = config
  const privateKeys = new PrivateKeys(encrypted(namespaced(store, SERVICE), keyring, SERVICE))
  const accessTtlSeconds = tokens.access_ttl_seconds
  const keys = new SigningKeys({ bus, view, privateKeys, clock, log, accessTtlSeconds })
  const audit = createAudit({ service: SERVICE, bus, clock, log })
  return { bus, clock, log, audit, keyring, keys, issuer, tokens }
}
