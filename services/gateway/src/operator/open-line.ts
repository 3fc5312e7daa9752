/** Finds the running deployment that a command is about: one process on this machine, else the deployment behind `nats.url`. */
import type { OperatorCommand } from '@gateway/contracts'
import { Refusal, systemClock } from '@gateway/kernel'
import { CannotStart, createLogger, type Host, openBus } from '@gateway/service'
import { loadFor } from '../load.ts'
import { busLine } from './bus-line.ts'
import type { Asking, OperatorLine } from './line.ts'
import { refusalText } from './refusals.ts'
import { socketLine } from './socket-line.ts'
import { operatorSocketPath } from './socket-path.ts'

export interface LineFlags {
  readonly config?: string | undefined
  /** Of the running process, where several run in one folder. */
  readonly port?: string | undefined
}

const CONNECT_MS = 10_000
const DEFAULT_PORT = 8080

/** @throws CannotStart nothing runs here and no NATS is named; Misconfigured */
export async function openLine(flags: LineFlags, host: Host): Promise<OperatorLine> {
  const config = loadFor({ config: flags.config, port: flags.port }, host)?.config
  const port = config?.port ?? Number(flags.port ?? host.env.MCP_GATEWAY_PORT ?? DEFAULT_PORT)
  const path = operatorSocketPath(config?.data_dir ?? './data', port, host.cwd())
  const line = await socketLine(path)
  if (line) return line
  const url = config?.nats.url
  if (!config || url === undefined) {
    throw new CannotStart(
      `no gateway is running here: nothing answers at ${path} (start one, or name its configuration with --config)`,
    )
  }
  const log = createLogger({ service: 'operator', debug: config.debug, quiet: true, destination: host.stderr })
  const bus = await within(CONNECT_MS, openBus(config, url, 'operator', log), `NATS does not answer at ${url}`)
  return busLine(bus, { clock: systemClock, log }, () => bus.close())
}

/** One command from its record in the audit to its answer. @throws CannotStart what was refused, as a sentence */
export async function operate<T>(
  host: Host,
  flags: LineFlags,
  command: OperatorCommand,
  use: (asking: Asking) => Promise<T>,
): Promise<T> {
  const line = await openLine(flags, host)
  try {
    return await line.operate(command, use)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new CannotStart(refusalText(error), { cause: error })
  } finally {
    await line.close()
  }
}

async function within<T>(ms: number, work: Promise<T>, otherwise: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new CannotStart(otherwise)), ms)
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
