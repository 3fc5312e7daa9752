/**
 * Which redirect URIs a client may register, and which of them a request may use: RFC 9700 §2.1 (exact comparison),
 * RFC 8252 §7 (loopback and private-use schemes), OpenID Connect Registration §2 (`application_type`).
 *
 * Everything is read off the text itself by one strict pattern, never off a parsed and thereby repaired URL: what a browser
 * makes of `java\nscript:`, `https:evil.example` or `\\evil.example` then does not matter, since none of them matches.
 */

export type ApplicationType = 'web' | 'native'

const LENGTH_MAX = 1024

/** The characters of RFC 3986 §2, without `#` (a fragment, RFC 6749 §3.1.2) and `*` (read as a wildcard elsewhere). */
const URI_CHARACTERS = /^(?:[A-Za-z0-9._~:/?[\]@!$&'()+,;=-]|%[0-9A-Fa-f]{2})+$/
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/
/** A host by name, IPv4 or bracketed IPv6, and a port. No userinfo, no percent-encoding: both hide who is meant. */
const HTTP = /^(https?):\/\/([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(?=[/?]|$)/i
const LOOPBACK = /^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]))(?::(\d{1,5}))?((?:[/?].*)?)$/i

/**
 * Private-use schemes without a dot that known MCP clients register. RFC 8252 §7.1 asks for a reverse domain name; whoever
 * has one needs no entry. An allow-list, because a list of dangerous schemes is never complete.
 */
export const PRIVATE_USE_SCHEMES: ReadonlySet<string> = new Set([
  'antigravity',
  'chatgpt',
  'claude',
  'codex',
  'cursor',
  'goose',
  'jetbrains',
  'kiro',
  'raycast',
  'trae',
  'vscode',
  'vscode-insiders',
  'vscodium',
  'warp',
  'windsurf',
  'zed',
])
/** `com.example.app`: labels of which the first is a top-level domain, so letters only. */
const REVERSE_DOMAIN = /^[a-z]{2,63}(?:\.[a-z0-9-]+)+$/

/**
 * Why `uri` may not be registered, for logs; undefined when it may.
 * @param schemes further private-use schemes, in lower case, that the operator allows
 */
export function redirectUriProblem(
  uri: string,
  applicationType: ApplicationType,
  schemes: readonly string[] = [],
): string | undefined {
  if (uri.length > LENGTH_MAX) return `longer than ${LENGTH_MAX} characters`
  if (!URI_CHARACTERS.test(uri)) return 'a character that no redirect URI has (RFC 3986 §2), a fragment or a wildcard'
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase()
  if (scheme === undefined) return 'not absolute (RFC 6749 §3.1.2)'
  if (scheme === 'http' || scheme === 'https') return httpProblem(uri, scheme, applicationType)
  if (!PRIVATE_USE_SCHEMES.has(scheme) && !REVERSE_DOMAIN.test(scheme) && !schemes.includes(scheme))
    return 'scheme is not allowed'
  return privateUseProblem(uri, scheme, applicationType)
}

function httpProblem(uri: string, scheme: string, applicationType: ApplicationType): string | undefined {
  const [, , host, port] = HTTP.exec(uri) ?? []
  const url = URL.parse(uri)
  if (host === undefined || url === null) return 'host or port malformed, or userinfo'
  // `https://2130706433` is 127.0.0.1: what people are shown and what a browser opens is one text.
  if (url.hostname !== host.toLowerCase()) return 'host written in another form than its own'
  if (port === '0') return 'port 0'
  if (scheme === 'https') return undefined
  if (!isLoopbackRedirect(uri)) return 'http is for loopback hosts alone (RFC 8252 §7.3)'
  return applicationType === 'web' ? 'loopback is for native clients (OpenID Connect Registration §2)' : undefined
}

function privateUseProblem(uri: string, scheme: string, applicationType: ApplicationType): string | undefined {
  if (uri.length === scheme.length + 1) return 'nothing after the scheme'
  if (/^[^/?]*:\/\/[^/?]*@/.test(uri)) return 'userinfo'
  if (!URL.canParse(uri)) return 'malformed'
  return applicationType === 'web' ? 'private-use schemes are for native clients' : undefined
}

/** `http` on `localhost`, `127.0.0.1` or `[::1]`, any port, written exactly so. */
export function isLoopbackRedirect(uri: string): boolean {
  return LOOPBACK.test(uri)
}

/** Neither `https` nor `http`. */
export function isPrivateUseRedirect(uri: string): boolean {
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase()
  return scheme !== undefined && scheme !== 'http' && scheme !== 'https'
}

/**
 * Whether `requested` is one of the registered ones: character by character, except that the port of an `http` loopback URI
 * is free on both sides (RFC 8252 §7.3; the name `localhost` is treated alike, because Claude Code, VS Code and Codex need
 * it). Host form and path stay exact.
 */
export function matchRedirectUri(registered: readonly string[], requested: string): boolean {
  if (registered.includes(requested)) return true
  const anyPort = withoutLoopbackPort(requested)
  return anyPort !== undefined && registered.some((uri) => withoutLoopbackPort(uri) === anyPort)
}

function withoutLoopbackPort(uri: string): string | undefined {
  const [, origin, port, rest] = URI_CHARACTERS.test(uri) ? (LOOPBACK.exec(uri) ?? []) : []
  if (origin === undefined || Number(port ?? 80) > 65_535 || Number(port ?? 80) === 0) return undefined
  return `${origin}${rest}`
}
