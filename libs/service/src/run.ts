/**
 * One service as one process, from its environment to its exit code: `main.ts` of every service is a call of `runService`.
 * Also the frame (`runProcess`) in which `gateway start` runs all five.
 */
import cluster from 'node:cluster'
import { homedir } from 'node:os'
import { parseArgs } from 'node:util'
import { keyringOf, type LoadedConfig, loadConfig, readFileIfThere } from '@gateway/config'
import type { ServiceName } from '@gateway/contracts'
import { Misconfigured, systemClock, Unavailable } from '@gateway/kernel'
import type { CreateApp } from './app.ts'
import { backendChecks, connect, usesStore } from './connect.ts'
import { CannotStart } from './listen.ts'
import { createLogger } from './log.ts'
import { createMaintained } from './maintenance.ts'
import { createMetrics } from './metrics.ts'
import { portsOf } from './ports.ts'
import { watchConfig } from './reload.ts'
import { serveApps } from './serve.ts'
import type { SignalSource } from './shutdown.ts'
import { readVersion } from './version.ts'
import { superviseWorkers, WorkerFailed } from './workers/primary.ts'
import { workerSide } from './workers/worker.ts'

/** What of a process is used; `node:process` is one, and tests hand in their own. */
export interface Host extends SignalSource {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  cwd(): string
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean | undefined }
  readonly stderr: { write(text: string): unknown }
  exit(code: number): unknown
}

/** EX_CONFIG of sysexits.h: no retry can mend it. */
const EXIT_MISCONFIGURED = 78

/** Runs one service alone until it is told to stop. Prints what is wrong, one line each, and sets the exit code. */
export function runService(service: ServiceName, createApp: CreateApp, host: Host = process): Promise<void> {
  return runProcess(host, async () => {
    const flags = parseFlags(host.argv.slice(2))
    const workers = workersOf(service, flags.workers, host.env)
    if (flags.help) host.stdout.write(helpOf(service))
    else if (flags.version) host.stdout.write(`${readVersion()}\n`)
    else if (workers > 1 && cluster.isPrimary) await runWorkers(service, host, flags, workers)
    else await runUntilStopped(service, createApp, host, flags)
  })
}

/** Turns what `main` throws into lines and an exit code: 78 for a configuration to mend, 1 for what may work another time. */
export async function runProcess(host: Host, main: () => Promise<void>): Promise<void> {
  try {
    await main()
    host.exit(0)
  } catch (error) {
    if (error instanceof Misconfigured) {
      for (const problem of error.problems) host.stderr.write(`${problem}\n`)
      host.exit(EXIT_MISCONFIGURED)
    } else if (error instanceof WorkerFailed) host.exit(error.exitCode)
    else if (error instanceof CannotStart || error instanceof Unavailable) {
      host.stderr.write(`${error.message}\n`)
      host.exit(1)
    } else {
      host.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
      host.exit(1)
    }
  }
}

/** Above this many something else is meant. */
const WORKERS_MAX = 256

/** @throws Misconfigured for what is no count, CannotStart where there are none */
function workersOf(service: ServiceName, flag: string | undefined, env: Host['env']): number {
  if (service !== 'proxy') {
    if (flag !== undefined)
      throw new CannotStart(`--workers: ${service} runs as one process; start more replicas of it`)
    return 1
  }
  const text = flag ?? env.PROXY_WORKERS ?? ''
  if (text === '') return 1
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= WORKERS_MAX) return count
  const name = flag === undefined ? 'PROXY_WORKERS' : '--workers'
  throw new Misconfigured([`${name}: "${text}" is no count; a whole number from 1 to ${WORKERS_MAX}`])
}

/** What stopping takes beyond its delay and its grace: the apps, the bus. */
const STOP_SLACK_MS = 10_000

/** The configuration is read here too, so that what is wrong with it is said once. */
async function runWorkers(service: ServiceName, host: Host, flags: Flags, count: number): Promise<void> {
  const { config } = loadServiceConfig(service, host, flags)
  const { host: listenHost, telemetryPort, telemetryVariable } = portsOf(service, host.env)
  const { delay_seconds, grace_seconds } = config.shutdown
  await superviseWorkers({
    count,
    internal: { host: listenHost, port: telemetryPort, hint: telemetryVariable },
    signals: host,
    stopMsMax: (delay_seconds + grace_seconds) * 1_000 + STOP_SLACK_MS,
    clock: systemClock,
    version: readVersion(),
    log: createLogger({ service, debug: config.debug, destination: logDestination(host) }),
  })
}

async function runUntilStopped(service: ServiceName, createApp: CreateApp, host: Host, flags: Flags): Promise<void> {
  const loaded = loadServiceConfig(service, host, flags)
  const { config, source, warnings } = loaded
  const listenOn = portsOf(service, host.env)
  const log = createLogger({ service, debug: config.debug, destination: logDestination(host) })
  const version = readVersion()
  log.info({ version, config: source }, 'starting')
  for (const warning of warnings) log.warn(warning)

  const metrics = createMetrics(service)
  const keyring = keyringOf(config)
  const { host: listenHost, public: open } = listenOn
  const worker = workerSide(metrics)
  const signals = worker?.signals ?? host
  const load = () => loadServiceConfig(service, host, { ...flags, config: source })
  await serveApps({
    open: async () => {
      const backends = await connect(config, service, { clock: systemClock, log })
      const reloads = watchConfig({ loaded, load, signals, log })
      const deps = { config, reloads, ...backends, keyring, clock: systemClock, log, metrics, version }
      const app = await createMaintained(service, createApp, deps)
      return {
        backends,
        backendChecks: backendChecks(backends, { store: usesStore(service) }),
        apps: [app],
        handler: open && app.handler,
        extras: [{ name: 'configuration', stop: () => reloads.stop() }],
      }
    },
    publicAddresses: open ? [{ host: listenHost, port: open.port }] : [],
    publicHint: open?.variable ?? '',
    internal: worker ? undefined : { host: listenHost, port: listenOn.telemetryPort, hint: listenOn.telemetryVariable },
    onChecks: worker && ((checks) => worker.answer(checks)),
    onServing: () => worker?.onServing(),
    clock: systemClock,
    config,
    log,
    metrics,
    signals,
    version,
  })
}

/** Where the log of a process goes: its standard output, by the logger's own fast way when that is the real one. */
export function logDestination(host: Host): Host['stdout'] | undefined {
  return host.stdout === process.stdout ? undefined : host.stdout
}

/** @throws Misconfigured when there is no file, or anything is wrong with it */
function loadServiceConfig(service: ServiceName, host: Host, flags: Flags): LoadedConfig {
  const loaded = loadConfig({
    flags: { config: flags.config, debug: flags.debug },
    env: host.env,
    cwd: host.cwd(),
    home: homedir(),
    readFile: readFileIfThere,
  })
  if (loaded) {
    if (loaded.config.storage.type !== 'memory' || !usesStore(service)) return loaded
    const warning = `storage.type is memory: run one replica of ${service} only; what it keeps is lost when it stops`
    return { ...loaded, warnings: [...loaded.warnings, warning] }
  }
  throw new Misconfigured([
    'no configuration file: name one with --config or MCP_CONFIG_PATH, or put config.yaml into the working directory',
  ])
}

interface Flags {
  readonly config: string | undefined
  readonly debug: boolean | undefined
  readonly help: boolean | undefined
  readonly version: boolean | undefined
  readonly workers: string | undefined
}

/** @throws CannotStart for a flag that does not exist or lacks its value */
function parseFlags(args: readonly string[]): Flags {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string', short: 'c' },
        debug: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
        workers: { type: 'string' },
      },
    })
    return {
      config: values.config,
      debug: values.debug,
      help: values.help,
      version: values.version,
      workers: values.workers,
    }
  } catch (error) {
    throw new CannotStart(`${(error as Error).message} (--help lists every flag)`, { cause: error })
  }
}

function helpOf(service: ServiceName): string {
  const ports = portsOf(service, {})
  const publicLine = ports.public ? `  ${ports.public.variable.padEnd(32)}public port (${ports.public.port})\n` : ''
  const workersLine =
    service === 'proxy' ? '      --workers <n>     processes that share the public port (PROXY_WORKERS, 1)\n' : ''
  return `${service} of the MCP OAuth Gateway, as a process of its own

Flags
  -c, --config <file>   configuration file
      --debug           readable logs at debug level
${workersLine}  -V, --version         print the version
  -h, --help            print this

Variables
${publicLine}  ${ports.telemetryVariable.padEnd(32)}internal port: /health, /ready, /metrics (${ports.telemetryPort})
  ${'SERVICE_HOST'.padEnd(32)}address to listen on (127.0.0.1)
  ${'MCP_*'.padEnd(32)}as in the configuration reference (libs/config/README.md)
`
}
