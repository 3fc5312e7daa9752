/**
 * The client's request headers as the backend may see them: as sent, in their order, repeats kept, without what ends here,
 * what is the client's credential, and what only the gateway may say.
 */

/** RFC 9110 §7.6.1, and what is set anew for the next connection (framing, `Host`). */
const HOP_BY_HOP = [
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
/** The client's bearer, its cookies and its proofs are for the gateway alone (R5; advisory: cookie and proxy-authorization). */
const CREDENTIALS = ['authorization', 'cookie', 'cookie2', 'dpop', 'proxy-authorization']
/** Where a request comes from is said by the gateway, by what it trusts. */
const ORIGINATORS = ['forwarded', 'x-real-ip', 'x-client-ip', 'true-client-ip']
const REMOVED: ReadonlySet<string> = new Set([...HOP_BY_HOP, ...CREDENTIALS, ...ORIGINATORS])
/** Who calls is said by the gateway alone, to public services too (original-12, pain-12). */
const REMOVED_PREFIXES = ['x-user-', 'x-gateway-', 'x-forwarded-']

const NONE: readonly string[] = []

export interface ReadHeaders {
  /** For the backend: names and values, flat. */
  readonly forward: string[]
  /** How many `Authorization` headers there were. */
  readonly authorizations: number
  /** Every `Mcp-Session-Id`, which are not in `forward`: what a session is called there is known later. */
  readonly sessions: readonly string[]
  /** How many `Host` headers there were: RFC 9112 §3.2 allows one. */
  readonly hosts: number
}

/** `raw`: names and values, flat, as Node read them. */
export function readRequestHeaders(raw: readonly string[], connection: string | undefined): ReadHeaders {
  const named = namedByConnection(connection)
  const forward: string[] = []
  let authorizations = 0
  let hosts = 0
  let sessions: string[] | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const sent = raw[i] as string
    const name = sent.toLowerCase()
    if (name === 'authorization') authorizations++
    else if (name === 'host') hosts++
    else if (isSession(name)) (sessions ??= []).push(raw[i + 1] as string)
    else if (!isRemoved(name) && !named?.has(name)) forward.push(sent, raw[i + 1] as string)
  }
  return { forward, authorizations, hosts, sessions: sessions ?? NONE }
}

function isSession(lowerCase: string): boolean {
  return lowerCase === 'mcp-session-id' || (lowerCase.startsWith('mcp') && underscored(lowerCase) === 'mcp-session-id')
}

function underscored(lowerCase: string): string {
  return lowerCase.includes('_') ? lowerCase.replaceAll('_', '-') : lowerCase
}

/** `headers` with `own` in place of whatever the client said under those names, underscores or not. */
export function replaceHeaders(headers: readonly string[], own: readonly string[]): string[] {
  const names = new Set(own.filter((_, i) => i % 2 === 0).map((name) => underscored(name.toLowerCase())))
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (!names.has(underscored(name.toLowerCase()))) kept.push(name, headers[i + 1] as string)
  }
  kept.push(...own)
  return kept
}

/** CGI and WSGI servers read `_` and `-` in a name as the same, so `X_User_Id` is an identity header too. */
function isRemoved(lowerCase: string): boolean {
  const name = underscored(lowerCase)
  if (REMOVED.has(name)) return true
  return name.startsWith('x-') && REMOVED_PREFIXES.some((prefix) => name.startsWith(prefix))
}

/** RFC 9110 §7.6.1: what `Connection` names ends here as well. */
function namedByConnection(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined
  return new Set(connection.toLowerCase().split(/[ \t]*,[ \t]*/))
}
