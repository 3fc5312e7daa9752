/** The wiring of the token-issuer, all of it, by hand. */
import type { Projection, Subscription } from '@gateway/bus'
import { RINGS, sources } from '@gateway/contracts'
import { type App, type AppDeps, type Check, createAudit } from '@gateway/service'
import { encrypted, namespaced } from '@gateway/store'
import type { IssuerDeps } from './deps.ts'
import { KeyRingView } from './domain/key-ring-view.ts'
import { PrivateKeys } from './private-keys.ts'
import { SigningKeys } from './signing-keys.ts'
import { reactToFacts, SERVICE, serveOperations } from './subscriptions.ts'

/** How often each replica looks whether a key is due; steps are days apart. */
const KEY_CHECK_MS = 60_000

export async function createApp({ config, bus, store, keyring, clock, log }: AppDeps): Promise<App> {
  const { issuer, tokens } = config
  const audit = createAudit({ service: SERVICE, bus, clock, log })
  const view = new KeyRingView()
  const privateKeys = new PrivateKeys(encrypted(namespaced(store, SERVICE), keyring, SERVICE))
  const keys = new SigningKeys({
    bus,
    view,
    privateKeys,
    clock,
    log,
    accessTtlSeconds: tokens.access_ttl_seconds,
  })
  const deps: IssuerDeps = { bus, clock, log, audit, keyring, keys, issuer, tokens }

  let projection: Projection | undefined
  let subscriptions: readonly Subscription[] = []
  let timer: NodeJS.Timeout | undefined
  let checking: Promise<void> | undefined

  function checkKeys(): void {
    checking ??= keys
      .advance()
      .catch((error: unknown) => log.warn({ err: error }, 'the keys could not be checked; the next check will'))
      .finally(() => {
        checking = undefined
      })
  }

  return {
    async start() {
      projection = await bus.project(sources.keys, view)
      await projection.caughtUp
      await keys.advance()
      subscriptions = [...(await reactToFacts(deps)), ...(await serveOperations(deps))]
      timer = setInterval(checkKeys, KEY_CHECK_MS).unref()
    },

    checks(): readonly Check[] {
      const without = RINGS.filter((ring) => !keys.hasActive(ring))
      return [
        { name: 'bus', ok: bus.status() === 'up', detail: bus.status() },
        {
          name: 'signing keys',
          ok: without.length === 0,
          ...(without.length === 0 ? {} : { detail: `none active: ${without.join(', ')}` }),
        },
      ]
    },

    async stop() {
      clearInterval(timer)
      await Promise.all(subscriptions.map((subscription) => subscription.stop()))
      await checking
      await projection?.stop()
      await audit.close()
    },
  }
}
