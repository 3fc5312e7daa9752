/** A catalogue entry made ready for the hot path: everything that does not depend on the request is worked out once. */
import type { Service } from '@gateway/contracts'
import { keyOf } from '@gateway/kernel'
import { bearerChallenge, formatScope, protectedResourceMetadataUrl, resourceOf } from '@gateway/oauth'
import { type ChallengeError, challengeErrors } from '../refusals.ts'
import { type OperationRules, operationRules } from './operation-rules.ts'

export interface Backend {
  readonly serviceId: string
  /** What names it among the service's replicas. */
  readonly tag: string
  /** `scheme://host[:port]` */
  readonly origin: string
  /** Path of the MCP endpoint. */
  readonly path: string
  /** Query that the operator wrote into the service's URL, without `?`. */
  readonly query: string
}

export interface ServedService {
  readonly service: Service
  /** The one audience of its tokens. */
  readonly resource: string
  readonly backend: Backend
  /** The same and its further replicas. */
  readonly backends: readonly Backend[]
  /** Undefined when no operation of it has rules of its own. */
  readonly rules: OperationRules | undefined
  /** `WWW-Authenticate` values by RFC 6750 §3.1 error; `none` for a request without credentials. */
  readonly challenges: Readonly<Record<ChallengeError | 'none', string>>
}

export function servedService(issuer: string, service: Service): ServedService {
  const addresses = [service.url, ...(service.replicas ?? [])]
  const backends = addresses.map((address) => backendOf(service.id, address))
  return {
    service,
    resource: resourceOf(issuer, service.id),
    backend: backends[0] as Backend,
    backends,
    rules: operationRules(service),
    challenges: challengesOf(issuer, service),
  }
}

const TAG_LENGTH = 8

function backendOf(serviceId: string, address: string): Backend {
  const { origin, pathname, search } = new URL(address)
  const tag = keyOf(address).slice(0, TAG_LENGTH)
  return { serviceId, tag, origin, path: pathname, query: search.slice(1) }
}

/**
 * The challenge of a refused operation: all that it takes in one go, and what the token has already, since some clients ask
 * for what is challenged and nothing else, and would lose the rest (R6, pain-18). `offline_access` is never in one (R8).
 */
export function stepUpChallenge(
  issuer: string,
  { service }: ServedService,
  needed: readonly string[],
  granted: ReadonlySet<string>,
): string {
  const kept = [...granted].filter((scope) => scope !== 'offline_access')
  return bearerChallenge({
    resourceMetadata: protectedResourceMetadataUrl(issuer, service.id),
    scope: formatScope([...new Set([...kept, ...needed])]),
    error: 'insufficient_scope',
    errorDescription: challengeErrors.insufficient_scope,
  })
}

/**
 * A first challenge names what a normal session needs, since some clients cannot widen a grant later (protocol.md 1.3,
 * step 14); `insufficient_scope` names all scopes of the service in one go (R6). `offline_access` is in neither (R8).
 */
function challengesOf(issuer: string, service: Service): ServedService['challenges'] {
  const resourceMetadata = protectedResourceMetadataUrl(issuer, service.id)
  const usual = formatScope(service.default_scopes ?? service.scopes)
  const challenge = (error: ChallengeError) =>
    bearerChallenge({
      resourceMetadata,
      scope: error === 'insufficient_scope' ? formatScope(service.scopes) : usual,
      error,
      errorDescription: challengeErrors[error],
    })
  return {
    none: bearerChallenge({ resourceMetadata, scope: usual }),
    invalid_request: challenge('invalid_request'),
    invalid_token: challenge('invalid_token'),
    insufficient_scope: challenge('insufficient_scope'),
  }
}

/** Without `tools` rules any one of the service's scopes will do, or all of them where the service says so; without scopes none is needed. */
export function scopesSuffice(service: Service, granted: ReadonlySet<string>): boolean {
  if (service.scopes.length === 0) return true
  return service.require_scopes === 'all'
    ? service.scopes.every((scope) => granted.has(scope))
    : service.scopes.some((scope) => granted.has(scope))
}

/** The backend's request target: what followed `/{id}/mcp`, and the query, appended as sent. */
export function backendPath(backend: Backend, subPath: string, query: string | undefined): string {
  const path =
    subPath === '' ? backend.path : (backend.path.endsWith('/') ? backend.path.slice(0, -1) : backend.path) + subPath
  if (backend.query === '') return query === undefined ? path : `${path}?${query}`
  return query === undefined || query === '' ? `${path}?${backend.query}` : `${path}?${backend.query}&${query}`
}
