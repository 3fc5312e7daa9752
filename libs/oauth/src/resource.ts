/** Resource identifiers (RFC 8707): one per service, in one form, compared whole and never by prefix (pain-6). */

/** The protected resource, and the audience of its tokens: the URL that a user pastes into a client. */
export function resourceOf(issuer: string, serviceId: string): string {
  return `${issuer}/${serviceId}/mcp`
}

/** The service that {@link resourceOf} named, whichever the issuer was then; undefined when it is none of ours. */
export function serviceIdOf(resource: string): string | undefined {
  return /^https?:\/\/[^/]+\/([^/]+)\/mcp$/.exec(resource)?.[1]
}

const ABSOLUTE = /^(https?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?((?:\/[^?]*)?)((?:\?.*)?)$/i
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

/**
 * The form in which a resource is compared: scheme and host in lower case, without default port and without one trailing
 * slash (RFC 3986 §6.2.2.1 and §6.2.3; Claude Code sends an origin with a slash, others without). The path is left as it
 * is, dot segments and percent-encoding included, so that no two readings of it can differ.
 *
 * Undefined when it is no absolute http(s) URI, has a fragment (RFC 8707 §2), userinfo, or a character that no URI has.
 */
export function canonicalResource(uri: string): string | undefined {
  if (!/^[\x21-\x7E]+$/.test(uri) || /["#<>\\^`{|}]/.test(uri)) return undefined
  const [, rawScheme, host, port, path = '', query = ''] = ABSOLUTE.exec(uri) ?? []
  if (rawScheme === undefined || host === undefined || Number(port ?? 0) > 65_535) return undefined
  const scheme = rawScheme.toLowerCase()
  const suffix = port === undefined || port === DEFAULT_PORTS[scheme] ? '' : `:${port}`
  return `${scheme}://${host.toLowerCase()}${suffix}${path.replace(/(?<!\/)\/$/, '')}${query}`
}
