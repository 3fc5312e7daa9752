/**
 * From a configuration to an ended process: internal port, bus and store, first catch-up, public port, serving, way out. The
 * same for a service alone and for all five in one process.
 */
import type { RequestListener, Server } from 'node:http'
import type { Config } from '@gateway/config'
import { type Clock, Misconfigured } from '@gateway/kernel'
import type { Registry } from 'prom-client'
import type { App, Check } from './app.ts'
import type { Backends } from './connect.ts'
import { createProbes, Health, mergeChecks, type Probes } from './health.ts'
import { createInternalServer } from './internal-http.ts'
import { type ListenAt, listen } from './listen.ts'
import type { Logger } from './log.ts'
import { createPublicServer } from './public-http.ts'
import { delayMsFor, leave, onStopSignals, type SignalSource } from './shutdown.ts'

/** What a process serves, connected and wired, not yet started. */
export interface Opened {
  readonly backends: Backends
  readonly backendChecks: () => Promise<readonly Check[]>
  readonly apps: readonly App[]
  /** Absent when there is no public HTTP. */
  readonly handler?: RequestListener | undefined
  /** Resolves with what ends this process by itself: another one has taken what it lives on. */
  readonly failed?: Promise<Misconfigured> | undefined
  /** Stopped after the apps and before the bus: what belongs to the process rather than to a service. */
  readonly extras?: readonly { readonly name: string; stop(): Promise<void> }[]
}

export interface Serving {
  /** Connects and wires. While it waits for the bus, `/ready` is red and a signal ends the process. */
  readonly open: () => Promise<Opened>
  /** Several for one name that stands for several addresses (localhost). Where the port is 0, all take the one that the first got. */
  readonly publicAddresses: readonly ListenAt[]
  /** What chooses another port, for the message when it is in use. */
  readonly publicHint: string
  /** Absent in a worker, of which the first process asks instead. */
  readonly internal?: (ListenAt & { readonly hint: string }) | undefined
  readonly clock: Clock
  readonly config: Config
  readonly log: Logger
  readonly metrics: Registry
  readonly signals: SignalSource
  readonly version: string
  /** Told at the begin how to ask what `/ready` says. */
  readonly onChecks?: ((checks: () => Promise<readonly Check[]>) => void) | undefined
  /** Called once everything serves. */
  readonly onServing?: (ports: { readonly public?: number; readonly internal: number }) => void
}

const CONNECTING: readonly Check[] = [{ name: 'bus', ok: false, detail: 'connecting' }]

/**
 * Resolves when the process has been told to stop and everything is closed.
 * @throws CannotStart a port is not to be had; Misconfigured it cannot go on
 */
export async function serveApps(serving: Serving): Promise<void> {
  const stopping = onStopSignals(serving.signals)
  const run = new Run(serving)
  await run.openInternal()
  // A signal during the start is obeyed at once: nothing is under way yet.
  const end = await Promise.race([stopping.requested, run.failed, run.start().then(() => stopping.requested)])
  const delaySeconds = serving.config.shutdown.delay_seconds
  const delayMs = end instanceof Misconfigured ? 0 : delayMsFor(end, serving.signals, delaySeconds)
  await run.leave(delayMs, stopping.insisted)
  stopping.dispose()
  if (end instanceof Misconfigured) throw end
}

class Run {
  readonly #serving: Serving
  readonly #health = new Health()
  readonly #probes: Probes
  readonly #internalServer: Server
  readonly #publicServers: Server[] = []
  readonly #failed = Promise.withResolvers<Misconfigured>()
  #internalPort = 0
  #opened: Opened | undefined

  constructor(serving: Serving) {
    this.#serving = serving
    const { clock, version, metrics } = serving
    this.#probes = createProbes({ health: this.#health, checks: () => this.#checks(), clock, version })
    this.#internalServer = createInternalServer(this.#probes, metrics)
  }

  get failed(): Promise<Misconfigured> {
    return this.#failed.promise
  }

  async openInternal(): Promise<void> {
    this.#serving.onChecks?.(() => this.#checks())
    if (this.#serving.internal === undefined) return
    const { hint, ...at } = this.#serving.internal
    this.#internalPort = (await listen(this.#internalServer, at, hint)) ?? 0
  }

  async start(): Promise<void> {
    const opened = await this.#serving.open()
    this.#opened = opened
    void opened.failed?.then(this.#failed.resolve)
    await this.#untilUp(opened)
    if (this.#health.stopping) return
    // All at once: they wait for each other's facts.
    await Promise.all(opened.apps.map((app) => app.start()))
    if (this.#health.stopping) return
    const port = opened.handler ? await this.#openPublic(opened.handler) : undefined
    const ports = { internal: this.#internalPort, ...(port === undefined ? {} : { public: port }) }
    this.#serving.log.info({ ports }, 'serving')
    this.#serving.onServing?.(ports)
  }

  async leave(delayMs: number, insisted: Promise<void>): Promise<void> {
    const { config, log } = this.#serving
    await leave(
      {
        health: this.#health,
        publicServers: this.#publicServers,
        internalServer: this.#internalServer,
        stops: this.#opened ? stopsOf(this.#opened) : [],
        delayMs: this.#publicServers.length > 0 ? delayMs : 0,
        graceMs: config.shutdown.grace_seconds * 1_000,
        log,
      },
      insisted,
    )
  }

  async #checks(): Promise<readonly Check[]> {
    const opened = this.#opened
    if (!opened) return CONNECTING
    return mergeChecks([...(await opened.backendChecks()), ...opened.apps.flatMap((app) => app.checks())])
  }

  /** What is away at the start may come: it is waited for and named. */
  async #untilUp(opened: Opened): Promise<void> {
    for (let attempt = 0; !this.#health.stopping; attempt++) {
      const down = (await opened.backendChecks()).filter((check) => !check.ok)
      if (down.length === 0) return
      if (attempt % 50 === 0) this.#serving.log.warn({ waiting_for: down.map((check) => check.name) }, 'waiting')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async #openPublic(handler: RequestListener): Promise<number> {
    let chosen = 0
    for (const at of this.#serving.publicAddresses) {
      const server = createPublicServer(handler, this.#probes)
      const port = await listen(server, at.port === 0 ? { ...at, port: chosen } : at, this.#serving.publicHint)
      if (port === undefined) continue
      chosen ||= port
      this.#publicServers.push(server)
    }
    return chosen
  }
}

function stopsOf(opened: Opened): readonly { readonly name: string; stop(): Promise<void> }[] {
  const { counter } = opened.backends
  return [
    ...opened.apps.map((app, index) => ({ name: `app ${index}`, stop: () => app.stop() })),
    ...(opened.extras ?? []),
    { name: 'bus', stop: () => opened.backends.bus.close() },
    { name: 'store', stop: () => opened.backends.store.close() },
    ...(counter ? [{ name: 'counter', stop: () => counter.close() }] : []),
  ]
}
