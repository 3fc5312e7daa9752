/**
 * Cookies as the strictest of today's browsers keep them (RFC 6265 §5.3 and §5.4; prefixes: RFC 6265bis §4.1.3): shared by all ports of a host,
 * `Secure` only from https (Safari drops it on http://localhost as well), `__Host-` only without Domain and for the whole site.
 */
import type { Clock } from '@gateway/kernel'

export interface Cookie {
  readonly name: string
  readonly value: string
  readonly host: string
  /** Sent to this host alone, not to those below it. */
  readonly hostOnly: boolean
  readonly path: string
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: string | undefined
  /** Milliseconds since the epoch; infinite: until the browser is closed. */
  readonly expiresAt: number
}

export class CookieJar {
  readonly #clock: Clock
  readonly #cookies = new Map<string, Cookie>()
  readonly #refused: string[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `Set-Cookie` lines that were not accepted, each with the reason: a test that misses a cookie can look here. */
  get refused(): readonly string[] {
    return this.#refused
  }

  accept(url: URL, lines: readonly string[]): void {
    for (const line of lines) {
      const cookie = parse(line, url, this.#clock())
      if (typeof cookie === 'string') this.#refused.push(`${cookie}: ${line.split('=')[0]}`)
      else this.#store(cookie)
    }
  }

  /** What would be sent to `url`, the longest path first (RFC 6265 §5.4). */
  for(url: URL): readonly Cookie[] {
    const now = this.#clock()
    return [...this.#cookies.values()]
      .filter((cookie) => cookie.expiresAt > now && matches(cookie, url))
      .toSorted((a, b) => b.path.length - a.path.length)
  }

  /** The `Cookie` header for `url`; empty when there is nothing to send. */
  header(url: URL): string {
    return this.for(url)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  #store(cookie: Cookie): void {
    const key = `${cookie.host} ${cookie.path} ${cookie.name}`
    if (cookie.expiresAt <= this.#clock()) this.#cookies.delete(key)
    else this.#cookies.set(key, cookie)
  }
}

function matches(cookie: Cookie, url: URL): boolean {
  if (cookie.secure && url.protocol !== 'https:') return false
  const host = url.hostname === cookie.host || (!cookie.hostOnly && url.hostname.endsWith(`.${cookie.host}`))
  const folder = cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`
  return host && (url.pathname === cookie.path || url.pathname.startsWith(folder))
}

/** The cookie, or why it is refused. */
function parse(line: string, url: URL, now: number): Cookie | string {
  const [pair = '', ...rest] = line.split(';')
  const attributes = new Map(rest.map((part) => split(part)).map(([name, value]) => [name.toLowerCase(), value]))
  const [name, value] = split(pair)
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase()
  const path = attributes.get('path')
  const secure = attributes.has('secure')
  if (name === '') return 'no name'
  if (secure && url.protocol !== 'https:') return 'Secure on http'
  if (domain && url.hostname !== domain && !url.hostname.endsWith(`.${domain}`)) return 'foreign Domain'
  if (name.startsWith('__Secure-') && !secure) return '__Secure- without Secure'
  if (name.startsWith('__Host-') && (!secure || domain || path !== '/')) return '__Host- without its attributes'
  return {
    name,
    value,
    host: domain || url.hostname,
    hostOnly: !domain,
    path: path?.startsWith('/') ? path : defaultPath(url),
    secure,
    httpOnly: attributes.has('httponly'),
    sameSite: attributes.get('samesite'),
    expiresAt: expiry(attributes, now),
  }
}

function split(part: string): [string, string] {
  const at = part.indexOf('=')
  return at < 0 ? [part.trim(), ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()]
}

/** RFC 6265 §5.1.4: the folder of the request's path. */
function defaultPath(url: URL): string {
  const end = url.pathname.lastIndexOf('/')
  return end <= 0 ? '/' : url.pathname.slice(0, end)
}

/** RFC 6265 §5.3: Max-Age wins over Expires. */
function expiry(attributes: ReadonlyMap<string, string>, now: number): number {
  const maxAge = Number(attributes.get('max-age') || Number.NaN)
  if (!Number.isNaN(maxAge)) return now + maxAge * 1_000
  const expires = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires
}
