/** For the tests of this package: a process that is none, and an app that is a page of text. */
import { EventEmitter } from 'node:events'
import type { RequestListener } from 'node:http'
import { fakeClock, testConfig, testDeps } from '@gateway/testing'
import { pino } from 'pino'
import type { App } from './app.ts'
import { createMetrics } from './metrics.ts'
import type { Host } from './run.ts'
import type { Opened, Serving } from './serve.ts'

export interface FakeHost extends Host {
  readonly out: () => string
  readonly err: () => string
  readonly exits: number[]
  signal(name: 'SIGTERM' | 'SIGINT'): void
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
  const deps = await testDeps()
  const events: string[] = []
  const opened: Opened = {
    backends: {
      bus: {
        ...deps.bus,
        status: () => 'up',
        close: async () => void events.push('bus closed'),
      },
      store: { close: async () => void events.push('store closed') } as Opened['backends']['store'],
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
    clock: fakeClock(),
    config: testConfig({ shutdown: { delay_seconds: 0.3, grace_seconds: 5 } }),
    log: pino({ level: 'silent' }),
    metrics: createMetrics('test'),
    signals: host,
    version: '1.2.3',
    onServing: (ports) => open.resolve({ public: 0, ...ports }),
    ...changes,
  }
  return { serving, opened, events, serves: open.promise }
}
