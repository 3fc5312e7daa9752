/**
 * Which browser origins may call `/{service}/mcp` and `/services`, and what they may read (Fetch §3.2, RFC 6454 §4). Origins
 * are compared parsed (scheme, host, port), never as text (original-24).
 */
import type { Config } from '@gateway/config'

/** What the protocol needs: always allowed, whatever `cors` lists. `Mcp-*` is allowed by its prefix. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const REQUEST_HEADERS = ['Accept', 'Authorization', 'Content-Type', 'Last-Event-ID', 'MCP-Protocol-Version']
const EXPOSED_HEADERS = ['WWW-Authenticate', 'Mcp-Session-Id', 'MCP-Protocol-Version']
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])
const MEMORY_MAX = 1_000
const PREFLIGHT_SECONDS = 600

export interface Origins {
  /** The response headers, flat, for a request of this origin; undefined when it is not allowed. */
  headersFor(origin: string): readonly string[] | undefined
  /** What a preflight is answered beside {@link headersFor}; `requested`: its `Access-Control-Request-Headers`. */
  preflightHeaders(requested: string | undefined): readonly string[]
}

export function createOrigins(config: Pick<Config, 'issuer' | 'cors'>): Origins {
  const { cors } = config
  const allows = admission(config)
  const anyOrigin = cors?.allow_origins.includes('*') ?? false
  const exposed = joined(EXPOSED_HEADERS, cors?.expose_headers)
  const memory = new Map<string, readonly string[] | undefined>()

  function headersOf(origin: string): readonly string[] | undefined {
    if (!allows(origin)) return undefined
    const common = ['Access-Control-Expose-Headers', exposed]
    // With `*` never credentials, whatever `allow_credentials` says: reflecting every origin would be the same with extra steps.
    if (anyOrigin) return ['Access-Control-Allow-Origin', '*', ...common]
    const credentials = cors?.allow_credentials ? ['Access-Control-Allow-Credentials', 'true'] : []
    return ['Access-Control-Allow-Origin', origin, 'Vary', 'Origin', ...credentials, ...common]
  }

  return {
    headersFor(origin) {
      const known = memory.get(origin)
      if (known !== undefined || memory.has(origin)) return known
      if (memory.size >= MEMORY_MAX) memory.clear()
      const headers = headersOf(origin)
      memory.set(origin, headers)
      return headers
    },
    preflightHeaders: (requested) => [
      'Access-Control-Allow-Methods',
      joined(METHODS, cors?.allow_methods),
      'Access-Control-Allow-Headers',
      joined(REQUEST_HEADERS, requestedHeaders(requested, cors?.allow_headers ?? ['*'])),
      'Access-Control-Max-Age',
      String(PREFLIGHT_SECONDS),
    ],
  }
}

/** The issuer's own origin always; then the configured ones, or, without a `cors` section, loopback ones on a loopback issuer. */
function admission({ issuer, cors }: Pick<Config, 'issuer' | 'cors'>): (origin: string) => boolean {
  if (cors?.allow_origins.includes('*')) return () => true
  const own = new URL(issuer)
  const listed = new Set([issuer, ...(cors?.allow_origins ?? [])].map((origin) => parseOrigin(origin)?.key))
  const loopback = cors === undefined && LOOPBACK.has(own.hostname)
  return (text) => {
    const origin = parseOrigin(text)
    if (origin === undefined) return false
    return listed.has(origin.key) || (loopback && origin.web && LOOPBACK.has(origin.hostname))
  }
}

/** RFC 6454 §6.2: scheme, host and port, nothing else; `null` is no origin. */
function parseOrigin(
  text: string,
): { readonly key: string; readonly hostname: string; readonly web: boolean } | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+\/?$/i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const web = url.protocol === 'http:' || url.protocol === 'https:'
  return { key: `${url.protocol}//${url.host.toLowerCase()}`, hostname: url.hostname, web }
}

/** `*` of `allow_headers` does not cover `Authorization` in browsers, so what is asked for is named back. */
function requestedHeaders(requested: string | undefined, configured: readonly string[]): readonly string[] {
  if (requested === undefined) return configured.filter((name) => name !== '*')
  const allowed = new Set(configured.map((name) => name.toLowerCase()))
  return requested
    .split(',')
    .map((name) => name.trim())
    .filter((name) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
    .filter((name) => allowed.has('*') || allowed.has(name.toLowerCase()) || /^mcp-/i.test(name))
}

/** Each name once, whatever its case. */
function joined(names: readonly string[], more: readonly string[] = []): string {
  return [...new Map([...names, ...more].map((name) => [name.toLowerCase(), name])).values()].join(', ')
}
