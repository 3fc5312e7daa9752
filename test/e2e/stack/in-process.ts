/** The whole gateway inside the test's own process, over memory: no process, no server, for the fast tests. */
import { EventEmitter } from 'node:events'
import type { Bus } from '@gateway/bus'
import { startDemoCalculator, startDemoProvider } from '@gateway/demo'
import { compose } from '@gateway/gateway'
import { systemClock } from '@gateway/kernel'
import { createMetrics, serveApps } from '@gateway/service'
import { freePort, testConfig } from '@gateway/testing'
import { pino } from 'pino'
import type { Stack } from './stack.ts'

/** Of the log at least the newest are kept. */
const LINES_MAX = 10_000
const CLIENT = { clientId: 'gateway', clientSecret: 'a secret between gateway and demo provider' }

export interface InProcess extends Stack {
  readonly bus: Bus
  /** The identity provider's issuer. */
  readonly provider: string
}

/** An issuer that was started by somebody else, and knows `http://localhost:<port>/oauth/callback` as ours. */
export interface OtherIssuer {
  readonly port: number
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
}

/** `service`: further keys of the calculator's entry; `sections`: further sections of the configuration. */
export async function startInProcess(
  service: Readonly<Record<string, unknown>> = {},
  sections: Readonly<Record<string, unknown>> = {},
  other?: OtherIssuer,
): Promise<InProcess> {
  const port = other?.port ?? (await freePort())
  const issuer = `http://localhost:${port}`
  const provider = other ? undefined : await startProvider(`${issuer}/oauth/callback`)
  const upstream = other?.issuer ?? provider?.url ?? ''
  const { clientId: client_id, clientSecret: client_secret } = other ?? CLIENT
  const calculator = await startDemoCalculator({ host: 'localhost', port: 0 })
  const config = testConfig({
    ...sections,
    issuer,
    oauth_providers: { oidc: { issuer: upstream, client_id, client_secret } },
    mcp_services: {
      calculator: { name: 'Calculator', url: calculator.url, scopes: ['read', 'calculate'], ...service },
    },
  })
  const gateway = await serveInProcess(config, port)
  return {
    issuer,
    mcpUrl: `${issuer}/calculator/mcp`,
    provider: upstream,
    bus: gateway.bus,
    log: () => gateway.log(),
    async stop() {
      await gateway.stop()
      await Promise.all([provider?.close(), calculator.close()])
    },
  }
}

export interface Serving {
  readonly bus: Bus
  log(): string
  stop(): Promise<void>
}

/** All five services on one port. */
export async function serveInProcess(config: ReturnType<typeof testConfig>, port: number): Promise<Serving> {
  const lines: string[] = []
  const write = (line: string) => {
    lines.push(line)
    if (lines.length >= 2 * LINES_MAX) lines.splice(0, LINES_MAX)
  }
  const log = pino({ level: 'debug' }, { write })
  const metrics = createMetrics('gateway')
  const signals = Object.assign(new EventEmitter(), { stdin: {} })
  const serving = Promise.withResolvers<void>()
  const bus = Promise.withResolvers<Bus>()
  const open = async () => {
    const opened = await compose({ config, metrics, version: 'test', logOf: () => log })
    bus.resolve(opened.backends.bus)
    return opened
  }
  const ended = serveApps({
    open,
    publicAddresses: [{ host: '127.0.0.1', port }],
    publicHint: 'the test',
    internal: { host: '127.0.0.1', port: 0, hint: 'the test' },
    clock: systemClock,
    config,
    log,
    metrics,
    signals,
    version: 'test',
    onServing: () => serving.resolve(),
  })
  await Promise.race([serving.promise, ended])
  return {
    bus: await bus.promise,
    log: () => lines.join(''),
    async stop() {
      signals.emit('SIGINT')
      await ended
    },
  }
}

const startProvider = (redirectUri: string) => startDemoProvider({ host: 'localhost', port: 0, redirectUri, ...CLIENT })
