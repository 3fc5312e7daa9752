/**
 * The backend's response headers as the client may see them: untouched, repeats kept, without what ends here, what would
 * speak for the gateway's origin, and addresses that are internal.
 */
import type { Backend } from '../domain/served-service.ts'

/** RFC 9110 §7.6.1. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
/**
 * Said to the gateway or of the gateway's origin, which all services share: cookies (original-18), the backend's own
 * challenge (the client's credentials never reach it, and it would start a login against an internal address), other
 * addresses of the same origin, transport policy, stored data.
 */
const NOT_ITS_TO_SAY = [
  'alt-svc',
  'clear-site-data',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'www-authenticate',
]
const REMOVED: ReadonlySet<string> = new Set([...HOP_BY_HOP, ...NOT_ITS_TO_SAY])
const LOCATIONS: ReadonlySet<string> = new Set(['location', 'content-location'])

export interface Responding {
  readonly backend: Backend
  /** The gateway's own address of it. */
  readonly resource: string
  /** The session id as the client may know it; undefined: it gets none. Absent: as the backend says it. */
  readonly bindSession?: ((id: string) => string | undefined) | undefined
}

/**
 * Names and values, flat. `headers` as parsed: names in lower case, a repeated one as a list. `requested`: the path asked of
 * the backend, against which a relative location is read. CORS is the gateway's to decide, so the backend's is dropped.
 */
export function responseHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  responding: Responding,
  requested: string,
): string[] {
  const { connection } = headers
  const named = connection === undefined || connection === 'keep-alive' ? undefined : tokensOf(connection)
  const kept: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || REMOVED.has(name) || named?.has(name) || name.startsWith('access-control-')) continue
    if (name === 'mcp-session-id' && responding.bindSession !== undefined) {
      const bound = typeof value === 'string' ? responding.bindSession(value) : undefined
      if (bound !== undefined) kept.push(name, bound)
    } else if (LOCATIONS.has(name)) {
      const shown = typeof value === 'string' ? publicLocation(value, responding, requested) : undefined
      if (shown !== undefined) kept.push(name, shown)
    } else if (typeof value === 'string') kept.push(name, value)
    else for (const each of value) kept.push(name, each)
  }
  // T9: told to the buffering proxies in front, unless the backend has told them something else.
  if (isEventStream(headers) && headers['x-accel-buffering'] === undefined) kept.push('X-Accel-Buffering', 'no')
  return kept
}

export function isEventStream(headers: Readonly<Record<string, string | readonly string[] | undefined>>): boolean {
  const type = headers['content-type']
  return typeof type === 'string' && /^text\/event-stream *(?:;|$)/i.test(type)
}

function tokensOf(connection: string | readonly string[]): ReadonlySet<string> {
  return new Set(
    String(connection)
      .toLowerCase()
      .split(/[ \t]*,[ \t]*/),
  )
}

/**
 * A location below the backend's endpoint, as the gateway's own address of it: servers redirect `/mcp` to `/mcp/`, and the
 * SDKs follow that within the origin. Any other is internal, or none of the gateway's business, and is not shown (original-23).
 */
export function publicLocation(
  location: string,
  { backend, resource }: Pick<Responding, 'backend' | 'resource'>,
  requested: string,
): string | undefined {
  const base = `${backend.origin}${requested}`
  if (!URL.canParse(location, base)) return undefined
  const url = new URL(location, base)
  const endpoint = backend.path.endsWith('/') ? backend.path.slice(0, -1) : backend.path
  const below = url.pathname.slice(endpoint.length)
  if (url.origin !== backend.origin || !url.pathname.startsWith(endpoint)) return undefined
  if (below !== '' && !below.startsWith('/')) return undefined
  // The query that the operator wrote into the address is between him and the backend.
  if (backend.query !== '' && url.search !== '') return undefined
  return `${resource}${below}${url.search}`
}
