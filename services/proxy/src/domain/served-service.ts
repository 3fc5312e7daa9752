/** A catalogue entry made ready for the hot path: everything that does not depend on the request is worked out once. */
import type { Service } from '@gateway/contracts'
import { bearerChallenge, formatScope, protectedResourceMetadataUrl, resourceOf } from '@gateway/oauth'
import { type ChallengeError, challengeErrors } from '../refusals.ts'

export interface Backend {
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
  /** `WWW-Authenticate` values by RFC 6750 §3.1 error; `none` for a request without credentials. */
  readonly challenges: Readonly<Record<ChallengeError | 'none', string>>
}

export function servedService(issuer: string, service: Service): ServedService {
  const url = new URL(service.url)
  return {
    service,
    resource: resourceOf(issuer, service.id),
    backend: { origin: url.origin, path: url.pathname, query: url.search.slice(1) },
    challenges: challengesOf(issuer, service),
  }
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
