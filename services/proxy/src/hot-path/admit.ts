/** What the head of a request decides, step by step, in an order that tells a stranger nothing: see {@link admit}. */
import type { IncomingMessage } from 'node:http'
import type { Assertions } from '../assertion/assertions.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import type { Origins } from '../domain/origins.ts'
import { isModern } from '../domain/protocol-version.ts'
import type { ServedService } from '../domain/served-service.ts'
import type { SessionBinding } from '../domain/session-binding.ts'
import { carriesToken, type Target } from '../domain/target.ts'
import type { Limits, Ticket } from '../limits/limits.ts'
import type { Authenticate } from '../token/authenticate.ts'
import type { VerifiedToken } from '../token/verify.ts'
import { METHODS } from './answers.ts'
import type { Call, Refused } from './call.ts'
import { statedLength } from './request-body.ts'
import { readRequestHeaders } from './request-headers.ts'

export interface AdmitDeps {
  readonly catalogue: Catalogue
  readonly authenticate: Authenticate
  readonly origins: () => Origins
  readonly sessions: SessionBinding
  readonly assertions: Assertions
  readonly limits: Limits
  readonly bodyBytesMax: () => number
  /** Whether revocations may have been missed for longer than the operator allows. */
  readonly revocationsTooOld: () => boolean
  readonly hostAllowed: (host: string | undefined) => boolean
  /** `X-Forwarded-Host` and `X-Forwarded-Proto`, flat: the public origin, never what a header says. */
  readonly forwardedOrigin: readonly string[]
}

/** A call that may go on: to this service, with these headers. */
export interface Admitted {
  readonly served: ServedService
  readonly target: Target
  readonly headers: string[]
  /** To be given back when the request is over. */
  readonly ticket: Ticket
}

const served: ReadonlySet<string> = new Set(METHODS)

/** `Host` → `Origin` → service → preflight → method → token and scopes → session → size → assertion → limits. */
export function admit(deps: AdmitDeps, call: Call, target: Target): Admitted | Refused | 'preflight' {
  const { headers, method = '' } = call.request
  const read = readRequestHeaders(call.request.rawHeaders, headers.connection)
  // RFC 9112 §3.2: one Host, or two readers could take two.
  if (read.hosts > 1) return { refusal: 'malformed_request' }
  // RFC 9110 §15.5.20 and §7.4; against DNS rebinding (MCP Security Best Practices).
  if (!deps.hostAllowed(headers.host)) return { refusal: 'host_not_served' }
  // MCP Streamable HTTP, Security Warning (T1).
  if (headers.origin !== undefined) {
    const cors = deps.origins().headersFor(headers.origin)
    if (cors === undefined) return { refusal: 'origin_not_allowed' }
    call.cors = cors
  }
  const service = deps.catalogue.get(target.serviceId)
  if (service === undefined) return { refusal: 'service_not_found' }
  call.served = service
  if (isPreflight(call.request)) return 'preflight'
  // RFC 9110 §15.5.6: no tunnel (CONNECT) and no echo of what proxies add (TRACE, §9.3.8).
  if (!served.has(method)) return { refusal: 'method_not_served' }

  const { forward } = read
  forward.push('X-Forwarded-For', call.address, ...deps.forwardedOrigin)
  const refused = service.service.auth_required
    ? admitCaller(deps, call, service, target, read)
    : // A public service gets no identity, whatever the client brings, and its sessions are nobody's.
      passSessions(forward, read.sessions)
  if (refused !== undefined) return refused
  // RFC 9110 §15.5.14: at once where the length is stated, else while it comes (`request-body.ts`).
  if ((statedLength(call.request) ?? 0) > deps.bodyBytesMax()) return { refusal: 'body_too_large' }
  // RFC 6585 §4, and bulkheads: by who calls, never by address (pain-16).
  const claims = call.token?.claims
  const ticket = deps.limits.enter({ sub: claims?.sub, clientId: claims?.client_id, serviceId: service.service.id })
  return ticket.ok ? { served: service, target, headers: forward, ticket } : ticket
}

type ReadHeaders = ReturnType<typeof readRequestHeaders>

/** Of a protected service: who calls, in which session, and what the backend is told of it. */
function admitCaller(
  deps: AdmitDeps,
  call: Call,
  service: ServedService,
  { query }: Target,
  { forward, authorizations, sessions }: ReadHeaders,
): Refused | undefined {
  const { headers } = call.request
  // R9, RFC 9700 §4.3.2: a token in the query is in every log on the way.
  if (carriesToken(query)) return { refusal: 'credentials_malformed', reason: 'token_in_query' }
  // RFC 6750 §2.1 and §3.1, RFC 9068 §4 (R4).
  const credentials = { authorization: headers.authorization, count: authorizations }
  const token = deps.authenticate(credentials, service, call.startedAt)
  if (!token.ok) {
    call.token = token.token
    return { refusal: token.refusal, reason: token.reason }
  }
  call.token = token
  if (deps.revocationsTooOld()) return { refusal: 'revocations_unknown', retryAfterSeconds: 1 }
  if (sessions.length > 0) {
    const refused = admitSession(deps, call, service, token, sessions)
    if (refused !== undefined) return refused
    if (call.session !== undefined) forward.push('Mcp-Session-Id', call.session.id)
  }
  forward.push(...token.identity)
  // RFC 7519 §4.1.3: an assertion is for one backend. A call does not go on without the one that it should have (pain-12).
  const { audience } = service.service
  if (audience === undefined) return undefined
  const assertion = deps.assertions(token, service, audience, call.startedAt)
  if (assertion === undefined) return { refusal: 'assertion_unavailable', retryAfterSeconds: 1 }
  forward.push('X-Gateway-Assertion', assertion)
  return undefined
}

/**
 * MCP, Session Hijacking: another user's session is one that is not there (404, Session Management 3; pain-15).
 * T2: in the modern era a session id means nothing, so one that is not the caller's is left out rather than refused.
 */
function admitSession(
  deps: AdmitDeps,
  call: Call,
  { service }: ServedService,
  { claims }: VerifiedToken,
  [presented = '', ...others]: readonly string[],
): Refused | undefined {
  // RFC 9110 §5.3: several of what is no list have several readings.
  if (others.length > 0) return { refusal: 'malformed_request' }
  call.session = deps.sessions.open(presented, service.id, claims)
  if (call.session !== undefined || isModern(versionOf(call.request))) return undefined
  return { refusal: 'session_not_found' }
}

function passSessions(forward: string[], sessions: readonly string[]): undefined {
  for (const session of sessions) forward.push('Mcp-Session-Id', session)
}

export function versionOf({ headers }: IncomingMessage): string | undefined {
  const version = headers['mcp-protocol-version']
  return typeof version === 'string' ? version : undefined
}

/** Fetch §4.8. Any other OPTIONS is the backend's. */
function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}
