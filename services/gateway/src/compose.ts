/** All five services in one process: the same `createApp` functions, one bus, one store, one handler. */

import { createApp as createAuthServer } from '@gateway/auth-server'
import { journalledBus, memoryBus } from '@gateway/bus/memory'
import { type Config, keyringOf } from '@gateway/config'
import type { ServiceName } from '@gateway/contracts'
import { type Clock, systemClock } from '@gateway/kernel'
import { createApp as createProviderBridge } from '@gateway/provider-bridge'
import { createApp as createProxy } from '@gateway/proxy'
import { createApp as createRegistry } from '@gateway/registry'
import {
  type App,
  type AppDeps,
  type Backends,
  backendChecks,
  type CreateApp,
  createMaintained,
  type Logger,
  logFailure,
  noReloads,
  type Opened,
  openBus,
  openLimits,
  openStorage,
  type Reloads,
} from '@gateway/service'
import { createApp as createTokenIssuer } from '@gateway/token-issuer'
import { createEdge } from './edge.ts'
import { openJournal } from './journal.ts'
import { inOneProcess, provision } from './streams.ts'

export interface ComposeOptions {
  readonly config: Config
  /** Absent: the configuration never changes. */
  readonly reloads?: Reloads | undefined
  readonly metrics: AppDeps['metrics']
  readonly version: string
  /** One logger for each part, by its name. */
  readonly logOf: (part: string) => Logger
  readonly clock?: Clock
}

/** Connected and wired, not yet started. @throws Misconfigured, Unavailable */
export async function compose(options: ComposeOptions): Promise<Opened> {
  const { config, reloads = noReloads, metrics, version, logOf, clock = systemClock } = options
  const { failed, ...backends } = await openBackends(config, clock, logOf('gateway'))
  const keyring = keyringOf(config)
  const create = (name: ServiceName, createApp: CreateApp): Promise<App> =>
    createMaintained(name, createApp, {
      config,
      reloads,
      ...backends,
      keyring,
      clock,
      log: logOf(name),
      metrics,
      version,
    })

  const registry = await create('registry', createRegistry)
  const tokenIssuer = await create('token-issuer', createTokenIssuer)
  const providerBridge = await create('provider-bridge', createProviderBridge)
  const authServer = await create('auth-server', createAuthServer)
  const proxy = await create('proxy', createProxy)
  return {
    backends,
    failed,
    backendChecks: backendChecks(backends, { store: true }),
    // Stopped in this order: who asks before who answers.
    apps: [proxy, authServer, providerBridge, tokenIssuer, registry],
    handler: createEdge({ 'auth-server': handlerOf(authServer), proxy: handlerOf(proxy) }),
  }
}

function handlerOf(app: App): NonNullable<App['handler']> {
  if (!app.handler) throw new TypeError('a service with public HTTP has no handler')
  return app.handler
}

/**
 * With `nats.url` the streams are `gateway bootstrap`'s. Without it the bus is this process's memory, backed by a journal
 * unless the storage is memory as well, and its streams are made here.
 */
async function openBackends(config: Config, clock: Clock, log: Logger): Promise<Backends & Pick<Opened, 'failed'>> {
  const store = await openStorage(config, log)
  const counter = await openLimits(config, log)
  if (config.nats.url !== undefined) {
    return { bus: await openBus(config, config.nats.url, 'gateway', log), store, counter }
  }
  const options = { clock, onFailure: logFailure(log) }
  const kept = await openJournal(config, log)
  const bus = kept ? await journalledBus({ ...options, journal: kept.journal }) : memoryBus(options)
  for await (const _ of provision(bus, inOneProcess(config), { check: false })) void _
  return { bus, store, counter, failed: kept?.lost }
}
