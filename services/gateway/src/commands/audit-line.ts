/** One audit event as one readable line. */
import type { AuditCloudEvent } from '@gateway/contracts'
import { harmless } from '../text.ts'

const MARKS = { allowed: '+', denied: 'x', recorded: '·' } as const
const COLOURS = { allowed: 32, denied: 31, recorded: 36 } as const
const TYPE_WIDTH = 30

/** `12:30:01 + mcp.request  sub=demo:ada-lovelace service=calculator tool=add status=200 duration_ms=3` */
export function auditLine(
  event: AuditCloudEvent,
  options: { readonly colour: boolean; readonly day?: boolean | undefined },
): string {
  const { decision, ...data } = event.data
  const paint = (code: number, text: string) => (options.colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const clock = new Date(event.time).toTimeString().slice(0, 8)
  const time = options.day ? `${new Date(event.time).toLocaleDateString('sv')} ${clock}` : clock
  const what = event.type.replace(/^audit\./, '').padEnd(TYPE_WIDTH)
  const details = Object.entries(data)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${paint(2, `${key}=`)}${printable(value)}`)
    .join(' ')
  return `${paint(2, time)} ${paint(COLOURS[decision], `${MARKS[decision]} ${what}`)} ${details}`.trimEnd()
}

function printable(value: unknown): string {
  const clean = harmless(value)
  return clean.includes(' ') ? JSON.stringify(clean) : clean
}
