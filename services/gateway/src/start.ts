/** `gateway start`: all five services in one process, from the operator's configuration or as the demo. */
import { homedir } from 'node:os'
import { type Config, type LoadedConfig, usualPlaces } from '@gateway/config'
import { Misconfigured, systemClock } from '@gateway/kernel'
import {
  CannotStart,
  createLogger,
  createMetrics,
  type Host,
  type ListenAt,
  logDestination,
  readVersion,
  serveApps,
  watchConfig,
} from '@gateway/service'
import { compose } from './compose.ts'
import { type Demo, startDemo } from './demo.ts'
import { type LoadFlags, loadFor } from './load.ts'
import { openOperatorSocket } from './operator/socket.ts'
import { operatorSocketPath } from './operator/socket-path.ts'
import { panel } from './panel.ts'
import { AUDIT_BYTES_IN_MEMORY } from './streams.ts'

export interface StartFlags extends LoadFlags {
  /** true: the demo whatever is configured; false: never the demo. */
  readonly demo?: boolean | undefined
}

const DEMO_PORT = 8080

export async function start(flags: StartFlags, host: Host): Promise<void> {
  const loaded = flags.demo === true ? undefined : loadFor(flags, host)
  if (loaded) {
    const { config, source, warnings } = loaded
    const load = () => loadFor({ ...flags, config: source }, host)
    const startedWith = { config: source }
    await serve({ config, host, startedWith, warnings: [...warnings, ...warningsOf(config)], file: { loaded, load } })
    return
  }
  if (flags.demo === false) {
    const places = usualPlaces(host.cwd(), homedir()).join(', ')
    throw new Misconfigured([
      `no configuration file: name one with --config or MCP_CONFIG_PATH, or put (in a container: mount) one at ${places}`,
    ])
  }
  await runDemo(flags, host)
}

async function runDemo(flags: StartFlags, host: Host): Promise<void> {
  const { MCP_GATEWAY_HOST, MCP_GATEWAY_PORT, MCP_DEBUG = '' } = host.env
  const demo = await startDemo({
    host: flags.host ?? (MCP_GATEWAY_HOST || undefined),
    port: portOf(flags.port ?? MCP_GATEWAY_PORT),
    debug: flags.debug ?? ['1', 'true', 'yes'].includes(MCP_DEBUG.toLowerCase()),
  })
  try {
    await serve({ config: demo.config, host, startedWith: { demo: true }, warnings: [], demo })
  } finally {
    await demo.close()
  }
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEMO_PORT
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new CannotStart(`--port: "${text}" is no port; a whole number from 1 to 65535`)
}

/** What is not kept is said at every start. */
function warningsOf({ nats, storage }: Config): readonly string[] {
  const secrets = 'private keys, profiles and sessions'
  const facts = 'clients, tokens, consents'
  if (nats.url !== undefined) {
    return storage.type === 'memory' ? [`storage.type is memory: ${secrets} are lost at exit`] : []
  }
  const shortAudit = `there is no nats.url: of the audit the newest ${AUDIT_BYTES_IN_MEMORY / 1024 ** 2} MiB are kept`
  const allLost = `storage.type is memory, and there is no nats.url: all is lost at exit (${facts}, ${secrets})`
  return [storage.type === 'memory' ? allLost : shortAudit]
}

interface Serve {
  readonly config: Config
  readonly host: Host
  readonly startedWith: Readonly<Record<string, unknown>>
  readonly warnings: readonly string[]
  /** What is read again when it changes; a demo has none. */
  readonly file?: { readonly loaded: LoadedConfig; readonly load: () => LoadedConfig | undefined }
  readonly demo?: Demo
}

async function serve({ config, host, startedWith, warnings, file, demo }: Serve): Promise<void> {
  const version = readVersion()
  const logOf = (service: string) =>
    createLogger({ service, debug: config.debug, quiet: demo !== undefined, destination: logDestination(host) })
  const log = logOf('gateway')
  log.info({ version, ...startedWith }, 'starting')
  for (const warning of warnings) log.warn(warning)
  const metrics = createMetrics('gateway')
  await serveApps({
    open: async () => {
      const reloads = file && watchConfig({ ...file, signals: host, log })
      const opened = await compose({ config, reloads, metrics, version, logOf })
      const path = operatorSocketPath(config.data_dir, config.port, host.cwd())
      const socket = await openOperatorSocket(path, { bus: opened.backends.bus, clock: systemClock, log })
      const extras = [
        { name: 'configuration', stop: async () => reloads?.stop() },
        { name: 'operator socket', stop: async () => socket?.stop() },
      ]
      return { ...opened, extras }
    },
    publicAddresses: addressesOf(config),
    publicHint: '--port',
    internal: {
      host: config.telemetry.host,
      port: config.telemetry.port,
      hint: 'telemetry.port or MCP_TELEMETRY_PORT',
    },
    clock: systemClock,
    config,
    log,
    metrics,
    signals: host,
    version,
    onServing: ({ internal }) => {
      if (demo) host.stdout.write(panelOf(demo, internal, version, host))
    },
  })
}

/** `localhost` is both loopback addresses, as it is to browsers. */
function addressesOf({ host, port }: Config): readonly ListenAt[] {
  if (host !== 'localhost') return [{ host: host.replace(/^\[(.*)\]$/, '$1'), port }]
  return [
    { host: '127.0.0.1', port },
    { host: '::1', port, optional: true },
  ]
}

function panelOf(demo: Demo, internalPort: number, version: string, host: Host): string {
  const { config, providerUrl, calculatorUrl } = demo
  return panel({
    version,
    issuer: config.issuer,
    providerUrl,
    calculatorUrl,
    internalUrl: `http://${config.telemetry.host}:${internalPort}`,
    portFlag: config.port === DEMO_PORT ? '' : ` --port ${config.port}`,
    colour: host.stdout.isTTY === true,
  })
}
