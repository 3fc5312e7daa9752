/**
 * Fetches small JSON documents whose URL a stranger chose (client metadata, client keys), so that nothing else can be reached
 * by it: https only, no redirects, the address checked at the moment of connecting and connected to as checked, bounded in
 * bytes and time (MCP security best practices: SSRF; draft-ietf-oauth-client-id-metadata-document §6).
 */
import CachePolicy from 'http-cache-semantics'
import { Client } from 'undici'
import { domainMatches } from '../domain/registration-policy.ts'
import { AddressRefused, pinnedConnector, type Resolve, resolvePublicly } from './pinned-connector.ts'

export type Fetched =
  | { readonly status: 'answered'; readonly body: unknown; readonly lifetimeMs: number }
  /** What it answers, or where it is, is not acceptable: asking again soon will not help. */
  | { readonly status: 'refused'; readonly reason: string }
  /** It does not answer at the moment. */
  | { readonly status: 'unreachable'; readonly reason: string }

export interface FetchLimits {
  readonly bytesMax: number
  readonly timeoutMs: number
  /** Whether the answer must say that it is JSON: on hosts where anybody may upload files a text is not yet a document. */
  readonly jsonOnly: boolean
}

export interface GuardedFetchOptions {
  /** Hosts (or `*.host`) whose addresses need not be public: the operator names them. */
  readonly privateHosts: () => readonly string[]
  /** From a name to its addresses; absent: DNS. */
  readonly resolve?: Resolve | undefined
  /** A certificate authority of its own (PEM); absent: those of Node. */
  readonly ca?: string | undefined
}

export type GuardedFetch = (url: string, limits: FetchLimits) => Promise<Fetched>

export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const isPrivate = (host: string) => domainMatches(options.privateHosts(), host)
  const resolve = options.resolve ?? resolvePublicly(isPrivate)
  const connect = pinnedConnector({ resolve, isPrivate, ca: options.ca })

  return async (text, limits) => {
    const url = URL.parse(text)
    if (url?.protocol !== 'https:') return { status: 'refused', reason: 'no_https_url' }
    const signal = AbortSignal.timeout(limits.timeoutMs)
    // One connection for one answer: nothing is kept open towards strangers, and each time the address is judged anew.
    const client = new Client(url.origin, { connect, maxHeaderSize: 16 * 1024 })
    try {
      return await Promise.race([ask(client, url, limits, signal), aborted(signal)])
    } catch (error) {
      return toFailure(error)
    } finally {
      client.destroy().catch(() => undefined)
    }
  }
}

/** Also when what is waited for takes no signal, as a resolver. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
}

async function ask(client: Client, url: URL, limits: FetchLimits, signal: AbortSignal): Promise<Fetched> {
  const { statusCode, headers, body } = await client.request({
    method: 'GET',
    path: `${url.pathname}${url.search}`,
    headers: { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'mcp-oauth-gateway' },
    reset: true,
    signal,
  })
  body.on('error', () => undefined)
  const refused = statusProblem(statusCode) ?? headerProblem(headers, limits)
  if (refused) return refused
  const bytes: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limits.bytesMax) return { status: 'refused', reason: 'too_large' }
    bytes.push(chunk)
  }
  const json = parseJson(Buffer.concat(bytes))
  if (json === undefined) return { status: 'refused', reason: 'no_json' }
  return { status: 'answered', body: json, lifetimeMs: lifetimeMs(url, statusCode, headers) }
}

/**
 * A redirect is an answer that is not acceptable: following it would leave what was checked (§6). Of the errors only two say
 * that there is no document; a 403 is what bot protection answers, to some of our requests.
 */
function statusProblem(status: number): Fetched | undefined {
  if (status === 200) return undefined
  const isFinal = status < 400 || status === 404 || status === 410
  return { status: isFinal ? 'refused' : 'unreachable', reason: `status_${status}` }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

function headerProblem(headers: Headers, { bytesMax, jsonOnly }: FetchLimits): Fetched | undefined {
  const type = String(headers['content-type'] ?? '').toLowerCase()
  if (jsonOnly && !/^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/.test(type))
    return { status: 'refused', reason: 'content_type' }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return { status: 'refused', reason: 'encoded' }
  if (Number(headers['content-length'] ?? 0) > bytesMax) return { status: 'refused', reason: 'too_large' }
  return undefined
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** RFC 9111, as a cache that others share; without an explicit lifetime there is none. */
function lifetimeMs(url: URL, status: number, headers: Headers): number {
  const stated = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
  const policy = new CachePolicy(
    { url: url.pathname, method: 'GET', headers: {} },
    { status, headers: stated },
    { shared: true, cacheHeuristic: 0 },
  )
  return policy.storable() ? Math.max(0, policy.timeToLive()) : 0
}

function toFailure(error: unknown): Fetched {
  if (error instanceof AddressRefused) return { status: 'refused', reason: 'address_not_public' }
  const { name, code } = error as { name?: string; code?: string }
  const reason = name === 'TimeoutError' ? 'timeout' : /^[A-Z][A-Z0-9_]{0,60}$/.test(code ?? '') ? code : 'failed'
  return { status: 'unreachable', reason: String(reason).toLowerCase() }
}
