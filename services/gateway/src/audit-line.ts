/** One audit event as one readable line. */
import { stripVTControlCharacters } from 'node:util'
import type { AuditCloudEvent } from '@gateway/contracts'

const MARKS = { allowed: '+', denied: 'x', recorded: '·' } as const
const COLOURS = { allowed: 32, denied: 31, recorded: 36 } as const
const TYPE_WIDTH = 30

/** `12:30:01 + mcp.request  sub=demo:ada-lovelace service=calculator tool=add status=200 duration_ms=3` */
export function auditLine(event: AuditCloudEvent, options: { readonly colour: boolean }): string {
  const { decision, ...data } = event.data
  const paint = (code: number, text: string) => (options.colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const time = new Date(event.time).toTimeString().slice(0, 8)
  const what = event.type.replace(/^audit\./, '').padEnd(TYPE_WIDTH)
  const details = Object.entries(data)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${paint(2, `${key}=`)}${printable(value)}`)
    .join(' ')
  return `${paint(2, time)} ${paint(COLOURS[decision], `${MARKS[decision]} ${what}`)} ${details}`.trimEnd()
}

/** Values may come from strangers (a client's id): what could drive a terminal is not printed. */
function printable(value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : String(value)
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const clean = stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
  return clean.includes(' ') ? JSON.stringify(clean) : clean
}
