/** The head of a response (RFC 9112 §4, §5) and what it says of the body's length (§6.3). */
import { MalformedResponse } from './malformed.ts'

export interface ResponseHead {
  readonly status: number
  readonly minorVersion: 0 | 1
  /** Names in lower case, a repeated one as a list. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** How a body ends that has no stated length; a number from 0 on is such a length. */
export const Framing = { none: -1, chunked: -2, untilClose: -3 } as const
export type Framing = number

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7E\x80-\xFF]*)?$/
/** §5.1: no space before the colon. §5.2: no folded line, which begins with a space and so has no name. */
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7E\x80-\xFF]*)$/

/** `text`: without the empty line at its end. @throws MalformedResponse */
export function parseHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n')
  const [, minor, status] = STATUS_LINE.exec(first) ?? []
  if (status === undefined) throw new MalformedResponse('no status line of HTTP/1')
  // Without a prototype no name means anything but itself.
  const headers: Record<string, string | string[]> = Object.create(null)
  for (const line of lines) {
    const [, sent, value = ''] = FIELD_LINE.exec(line) ?? []
    if (sent === undefined) throw new MalformedResponse('a header is none')
    add(headers, sent.toLowerCase(), trimmed(value))
  }
  return { status: Number(status), minorVersion: minor === '1' ? 1 : 0, headers }
}

/** §5: spaces and tabs around a value are none of it. By hand: a pattern for both ends takes quadratic time. */
function trimmed(value: string): string {
  let from = 0
  let until = value.length
  while (from < until && isSpace(value.charCodeAt(from))) from++
  while (until > from && isSpace(value.charCodeAt(until - 1))) until--
  return value.slice(from, until)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function add(headers: Record<string, string | string[]>, name: string, value: string): void {
  const known = headers[name]
  if (known === undefined) headers[name] = value
  else if (typeof known === 'string') headers[name] = [known, value]
  else known.push(value)
}

/** RFC 9110 §6.4.1. */
function isBodiless(status: number): boolean {
  return status < 200 || status === 204 || status === 304
}

/** @throws MalformedResponse for a length that is stated twice, in two ways, or in one that not everybody reads */
export function framingOf({ status, minorVersion, headers }: ResponseHead, method: string): Framing {
  const length = headers['content-length']
  const coding = headers['transfer-encoding']
  if (coding !== undefined) {
    const isChunked = typeof coding === 'string' && coding.toLowerCase() === 'chunked'
    if (!isChunked || length !== undefined || minorVersion === 0)
      throw new MalformedResponse('the body’s framing is ambiguous')
  }
  if (length !== undefined && !(typeof length === 'string' && /^\d{1,15}$/.test(length))) {
    throw new MalformedResponse('the body’s length is ambiguous')
  }
  if (method === 'HEAD' || isBodiless(status)) return Framing.none
  if (coding !== undefined) return Framing.chunked
  return length === undefined ? Framing.untilClose : Number(length)
}

/**
 * Whether the connection may carry another request. Not after what some servers follow with a body that must not be there:
 * it would be taken for the next response.
 */
export function staysOpen({ status, minorVersion, headers }: ResponseHead, method: string): boolean {
  if (minorVersion === 0 || method === 'HEAD') return false
  if (status === 204 && (headers['content-length'] ?? headers['transfer-encoding']) !== undefined) return false
  const { connection } = headers
  return (
    connection === undefined || (typeof connection === 'string' && !/(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(connection))
  )
}

/** How long the server says it keeps the idle connection; undefined where it does not say. */
export function keepAliveMs({ headers }: ResponseHead): number | undefined {
  const hint = headers['keep-alive']
  const seconds = typeof hint === 'string' ? /(?:^|,)[ \t]*timeout=(\d{1,6})/i.exec(hint)?.[1] : undefined
  return seconds === undefined ? undefined : Number(seconds) * 1_000
}
