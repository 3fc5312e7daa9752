/**
 * The request target as the proxy reads it, once, for policy and forwarding alike: what is judged is, byte for byte, what the
 * backend gets (advisory: route normalisation). Nothing is normalised; a path that two readers could read differently is refused.
 */

export interface Target {
  readonly serviceId: string
  /** What follows `/{id}/mcp` in the path, as sent: empty, or it begins with `/`. */
  readonly subPath: string
  /** As sent, without `?`; undefined when there is no `?`. */
  readonly query: string | undefined
}

/** Printable ASCII without what RFC 3986 does not allow in a path, and without `;` (path parameters: some servers cut there). */
const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,=:@%/]*$/
/** RFC 3986 §3.4, and the brackets and braces that real clients leave unescaped. */
const QUERY = /^[A-Za-z0-9\-._~!$&'()*+,;=:@%/?[\]{}|^`\\"<>]*$/
/** A broken escape; an escaped slash, backslash, dot, percent sign, semicolon or control character: each is read in two ways. */
const AMBIGUOUS_ESCAPE = /%(?![0-9A-Fa-f]{2})|%(?:2[Ff]|5[Cc]|2[Ee]|25|3[Bb]|[01][0-9A-Fa-f]|7[Ff])/
/** RFC 3986 §3.3 and §5.2.4: empty segments and dot segments. */
const AMBIGUOUS_SEGMENT = /\/\/|\/\.{1,2}(?:\/|$)/

/**
 * The target of an MCP call; `other` for every other path of the gateway; `malformed` for what no path here looks like,
 * which includes the absolute form (RFC 9112 §3.2.2): its authority would be a second opinion on the host.
 */
export function parseTarget(url: string): Target | 'other' | 'malformed' {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? undefined : url.slice(mark + 1)
  if (!PATH.test(path) || AMBIGUOUS_SEGMENT.test(path)) return 'malformed'
  if (path.includes('%') && AMBIGUOUS_ESCAPE.test(path)) return 'malformed'
  if (query !== undefined && !QUERY.test(query)) return 'malformed'

  const end = path.indexOf('/', 1)
  if (end < 0 || !path.startsWith('/mcp', end)) return 'other'
  const subPath = path.slice(end + 4)
  // Metadata in its appended form is the edge's to route; below an endpoint nothing well-known is a backend's.
  if ((subPath !== '' && !subPath.startsWith('/')) || subPath.startsWith('/.well-known')) return 'other'
  return { serviceId: path.slice(1, end), subPath, query }
}

/** R9: a token must not stand in a query, whatever its spelling there. */
export function carriesToken(query: string | undefined): boolean {
  return query !== undefined && query !== '' && new URLSearchParams(query).has('access_token')
}
