/** `gateway audit tail`: audit events as they come, of a deployment over NATS or of one running process. */
import { type AuditCloudEvent, cloudEventSchema } from '@gateway/contracts'
import { CannotStart, createLogger, type Host, openBus } from '@gateway/service'
import { auditLine } from './audit-line.ts'
import { type TailOptions, tailBus, tailSocket } from './audit-tail.ts'
import { operatorSocketPath } from './operator-socket.ts'
import { loadFor, type StartFlags } from './start.ts'

export interface AuditTailFlags extends Pick<StartFlags, 'config' | 'port'> {
  readonly json?: boolean | undefined
  /** `30s`, `15m`, `12h`, `7d` ago, or `all`. */
  readonly since: string
  readonly follow: boolean
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds since the epoch; undefined for `all`. @throws CannotStart */
export function sinceOf(text: string, now: number): number | undefined {
  if (text === 'all') return undefined
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  const ms = UNITS_MS[unit]
  if (count === undefined || ms === undefined)
    throw new CannotStart(`--since: "${text}" is no time; 30s, 15m, 12h, 7d or all`)
  return now - Number(count) * ms
}

export async function auditTail(flags: AuditTailFlags, host: Host, now: number): Promise<void> {
  const options: TailOptions = { since: sinceOf(flags.since, now), follow: flags.follow }
  const loaded = loadFor({ config: flags.config, port: flags.port }, host)
  const colour = host.stdout.isTTY === true && !host.env.NO_COLOR
  const print = (event: AuditCloudEvent) =>
    host.stdout.write(`${flags.json ? JSON.stringify(cloudEventSchema.parse(event)) : auditLine(event, { colour })}\n`)

  const config = loaded?.config
  if (!config?.nats.url) {
    const port = config?.port ?? Number(flags.port ?? host.env.MCP_GATEWAY_PORT ?? 8080)
    await tailSocket(operatorSocketPath(config?.data_dir ?? './data', port, host.cwd()), options, print)
    return
  }
  const log = createLogger({ service: 'audit', debug: config.debug, quiet: true })
  const bus = await openBus(config, config.nats.url, 'audit', log)
  const tail = await tailBus(bus, options.since, print)
  await tail.caughtUp
  if (options.follow) await new Promise(() => undefined)
  await tail.stop()
  await bus.close()
}
