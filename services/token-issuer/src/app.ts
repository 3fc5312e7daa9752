/** The wiring of the token-issuer, all of it, by hand. */
import type { Subscription } from '@gateway/bus'
import { RINGS, sources } from '@gateway/contracts'
import { type App, type AppDeps, type Check, createAudit } from '@gateway/service'
import { encrypted, namespaced } from '@gateway/store'
import type { IssuerDeps } from './deps.ts'
import { KeyRingView } from './domain/key-ring-view.ts'
import { Revocations } from './domain/revocations.ts'
import { FamiliesByUser } from './families-by-user.ts'
import { startKeyCheck } from './key-check.ts'
import { PrivateKeys } from './private-keys.ts'
import { RevocationLog } from './revocation-log.ts'
import { SigningKeys } from './signing-keys.ts'
import { reactToFacts, SERVICE, serveOperations } from './subscriptions.ts'

interface Stoppable {
  stop(): Promise<void>
}

export async function createApp(appDeps: AppDeps): Promise<App> {
  const view = new KeyRingView()
  const deps = wire(appDeps, view)
  const { bus, keys, revocations, log } = deps
  /** In the order in which they are stopped: first what takes work. */
  const running: Stoppable[] = []

  return {
    /** Serves nothing before the rings are known and each has a key that signs. */
    async start() {
      for (const [source, projected] of [
        [sources.keys, view],
        [sources.revocations, revocations],
      ] as const) {
        const projection = await bus.project(source, projected)
        running.unshift(projection)
        await projection.caughtUp
      }
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

function wire(given: AppDeps, view: KeyRingView): IssuerDeps {
  const { config, bus, store, keyring, clock, log } = given
  const { issuer, tokens } = config
  const sealed = encrypted(namespaced(store, SERVICE), keyring, SERVICE)
  const privateKeys = new PrivateKeys(sealed)
  const policy = { ...config.keys, access_ttl_seconds: tokens.access_ttl_seconds }
  const keys = new SigningKeys({ bus, view, privateKeys, clock, log, policy })
  const audit = createAudit(SERVICE, given)
  const families = new FamiliesByUser({ bus, store: sealed, familyLifeMs: tokens.refresh_max_seconds * 1000 })
  const revocations = new RevocationLog(new Revocations(issuer, tokens.access_ttl_seconds * 1000))
  return { bus, clock, log, audit, keyring, keys, families, revocations, issuer, tokens }
}
