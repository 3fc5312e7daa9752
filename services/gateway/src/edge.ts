/**
 * The edge of one process: the route table that a load balancer has in front of several (README, "Edge"), as a pure function,
 * and the handler that asks it.
 */
import type { RequestListener } from 'node:http'

export type Public = 'auth-server' | 'proxy'

const WELL_KNOWN = '/.well-known/'
const RESOURCE_METADATA = '/.well-known/oauth-protected-resource'
/** RFC 8414 §3.1 in the form that appends: `/{service}/mcp/.well-known/…`. */
const APPENDED = /^\/[^/]+\/mcp\/\.well-known\//

/** Who answers `path` (of a request target, without query). Compared as sent: whoever answers decodes, once. */
export function routeOf(path: string): Public {
  if (APPENDED.test(path)) return 'auth-server'
  if (path.startsWith(RESOURCE_METADATA)) return 'proxy'
  if (path === '/account') return 'auth-server'
  const prefixes = ['/oauth/', '/account/', '/schemas/', WELL_KNOWN]
  return prefixes.some((prefix) => path.startsWith(prefix)) ? 'auth-server' : 'proxy'
}

export function createEdge(handlers: Readonly<Record<Public, RequestListener>>): RequestListener {
  return (request, response) => handlers[routeOf(pathOf(request.url ?? '/'))](request, response)
}

/** Without query; of an absolute-form target (RFC 9112 §3.2.2) the path alone. */
function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, '')
  const end = path.indexOf('?')
  return end < 0 ? path : path.slice(0, end)
}
