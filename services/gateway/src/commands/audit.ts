/** `gateway audit tail` and `audit search`: audit events of a running deployment, as they come or as they were. */
import { type AuditCloudEvent, cloudEventSchema } from '@gateway/contracts'
import { CannotStart, type Host } from '@gateway/service'
import { type LineFlags, openLine } from '../operator/open-line.ts'
import { isWanted, subjectOf, type Wanted } from './audit-filter.ts'
import { auditLine } from './audit-line.ts'

interface AuditFlags extends LineFlags {
  readonly json?: boolean | undefined
  /** `30s`, `15m`, `12h`, `7d` ago, or `all`. */
  readonly since: string
}

export interface AuditTailFlags extends AuditFlags {
  readonly follow: boolean
}

export interface AuditSearchFlags extends AuditFlags, Wanted {}

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
  const since = sinceOf(flags.since, now)
  const line = await openLine(flags, host)
  await line.tail({ subject: 'audit.>', since, follow: flags.follow }, printer(flags, host, { day: false }))
  await line.close()
}

export async function auditSearch(flags: AuditSearchFlags, host: Host, now: number): Promise<void> {
  const options = { subject: subjectOf(flags), since: sinceOf(flags.since, now), follow: false }
  const line = await openLine(flags, host)
  const print = printer(flags, host, { day: true })
  await line.tail(options, (event) => {
    if (isWanted(event, flags)) print(event)
  })
  await line.close()
}

function printer(
  { json }: AuditFlags,
  host: Host,
  { day }: { readonly day: boolean },
): (event: AuditCloudEvent) => void {
  const colour = host.stdout.isTTY === true && !host.env.NO_COLOR
  const text = (event: AuditCloudEvent) =>
    json ? JSON.stringify(cloudEventSchema.parse(event)) : auditLine(event, { colour, day })
  return (event) => void host.stdout.write(`${text(event)}\n`)
}
