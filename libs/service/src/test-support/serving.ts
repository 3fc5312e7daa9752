/** An app that is a page of text, and a process that serves it. */
import type { RequestListener } from 'node:http'
import { type FakeHost, testConfig, testDeps } from '@gateway/testing'
import type { App } from '../app.ts'
import { createMetrics } from '../metrics.ts'
import type { Opened, Serving } from '../serve.ts'

export function appOf(handler?: RequestListener, steps: Partial<App> = {}): App {
  return {
    ...(handler ? { handler } : {}),
    start: async () => undefined,
    checks: () => [],
    stop: async () => undefined,
    ...steps,
  }
}

/** Serving `apps` on free loopback ports; what happens is written to `events`. */
export async function servingOf(host: FakeHost, apps: readonly App[], changes: Partial<Serving> = {}) {
  const deps = await testDeps({ config: testConfig({ shutdown: { delay_seconds: 0.3, grace_seconds: 5 } }) })
  const events: string[] = []
  const closed = (what: string, close: () => Promise<void>) => async () => {
    events.push(`${what} closed`)
    await close()
  }
  const { bus, store } = deps
  const opened: Opened = {
    backends: {
      bus: Object.assign(Object.create(bus) as typeof bus, { close: closed('bus', () => bus.close()) }),
      store: Object.assign(Object.create(store) as typeof store, { close: closed('store', () => store.close()) }),
    },
    backendChecks: async () => [{ name: 'bus', ok: true }],
    apps,
    handler: apps.find((app) => app.handler)?.handler,
  }
  const open = Promise.withResolvers<{ public: number; internal: number }>()
  const serving: Serving = {
    open: async () => opened,
    publicAddresses: [{ host: '127.0.0.1', port: 0 }],
    publicHint: 'PROXY_PORT',
    internal: { host: '127.0.0.1', port: 0, hint: 'PROXY_TELEMETRY_PORT' },
    clock: deps.clock,
    config: deps.config,
    log: deps.log,
    metrics: createMetrics('test'),
    signals: host,
    version: deps.version,
    onServing: (ports) => open.resolve({ public: 0, ...ports }),
    ...changes,
  }
  return { serving, opened, events, serves: open.promise }
}
