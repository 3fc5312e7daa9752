/** For the tests of this package: a process that is none, and an app that is a page of text. */
import { EventEmitter } from 'node:events'
import type { RequestListener } from 'node:http'
import { memoryBus } from '@gateway/bus/memory'
import { type Config, configSchema } from '@gateway/config'
import { durableDeliveries, streamRetentions } from '@gateway/contracts'
import { type Clock, Keyring, Secret } from '@gateway/kernel'
import { memoryStore } from '@gateway/store'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { App, AppDeps } from './app.ts'
import { createMetrics } from './metrics.ts'
import { noReloads } from './reload.ts'
import type { Host } from './run.ts'
import type { Opened, Serving } from './serve.ts'
import type { Signal } from './shutdown.ts'

/** 2026-01-01T00:00:00Z, for ever. */
const clock: Clock = () => Date.UTC(2026, 0, 1)

export function configOf(sections: Readonly<Record<string, unknown>> = {}): Config {
  return configSchema.parse({ issuer: 'http://localhost:8080', session_secret: 'of the tests', ...sections })
}

/** Everything real and in memory. */
export async function depsOf(sections: Readonly<Record<string, unknown>> = {}): Promise<AppDeps> {
  const bus = memoryBus({ clock })
  const day = 86_400
  const lives = { accessTtlSeconds: day, refreshMaxSeconds: day, clockSlackSeconds: 60, auditMaxAgeSeconds: day }
  for (const stream of streamRetentions({ ...lives, auditMaxBytes: 1e9 }, 1)) await bus.ensureStream(stream)
  for (const durable of durableDeliveries()) await bus.ensureDurable(durable)
  return {
    config: configOf(sections),
    reloads: noReloads,
    bus,
    store: memoryStore({ clock }),
    keyring: new Keyring('k', [{ id: 'k', secret: new Secret('of the tests') }]),
    clock,
    log: pino({ level: 'silent' }),
    metrics: new Registry(),
    version: '1.2.3',
  }
}

export interface FakeHost extends Host {
  readonly out: () => string
  readonly err: () => string
  readonly exits: number[]
  signal(name: Signal): void
}

export function fakeHost(args: readonly string[], env: Record<string, string> = {}, cwd = '/nowhere'): FakeHost {
  const signals = new EventEmitter()
  const exits: number[] = []
  let out = ''
  let err = ''
  return {
    argv: ['node', 'main.ts', ...args],
    env,
    cwd: () => cwd,
    stdin: {},
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    exit: (code) => exits.push(code),
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
    out: () => out,
    err: () => err,
    exits,
    signal: (name) => void signals.emit(name),
  }
}

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
  const deps = await depsOf({ shutdown: { delay_seconds: 0.3, grace_seconds: 5 } })
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
    clock,
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
