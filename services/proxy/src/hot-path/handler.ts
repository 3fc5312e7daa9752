/**
 * `/{service}/mcp` and everything below it, entered before any framework: raw headers in and out, one look-up of the token,
 * the body passed through. The steps, in their order, are {@link admit}'s.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '@gateway/kernel'
import type { Calls } from '../calls.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import type { Origins } from '../domain/origins.ts'
import { backendPath, type ServedService } from '../domain/served-service.ts'
import { carriesToken, parseTarget, type Target } from '../domain/target.ts'
import { type ProxyRefusal, type RefusalCode, refusals } from '../refusals.ts'
import type { Authenticate } from '../token/authenticate.ts'
import type { VerifiedToken } from '../token/verify.ts'
import { answerPreflight, answerRefusal, METHODS } from './answers.ts'
import { Exchange } from './exchange.ts'
import { type RequestBody, readRequestBody } from './request-body.ts'
import { readRequestHeaders } from './request-headers.ts'
import { responseHeaders } from './response-headers.ts'
import type { Upstreams } from './upstreams.ts'

export interface HotPathDeps {
  readonly catalogue: Catalogue
  readonly authenticate: Authenticate
  readonly origins: Origins
  readonly upstreams: Upstreams
  readonly calls: Calls
  readonly clock: Clock
  readonly newRequestId: () => string
  readonly hostAllowed: (host: string | undefined) => boolean
  /** The address that the request is counted under. */
  readonly addressOf: (request: IncomingMessage) => string
  /** `X-Forwarded-Host` and `X-Forwarded-Proto`, flat: the public origin, never what a header says. */
  readonly forwardedOrigin: readonly string[]
}

/** What is known of a request by the time it is answered. */
interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly startedAt: number
  readonly address: string
  /** Response headers, flat, for the calling origin. */
  cors: readonly string[]
  served: ServedService | undefined
  token: VerifiedToken | undefined
}

/** A call that may go on: to this service, with these headers. */
interface Admitted {
  readonly served: ServedService
  readonly target: Target
  readonly headers: string[]
}

interface Refused {
  readonly refusal: RefusalCode
  readonly reason?: string | undefined
}

/** Answers a request for an MCP endpoint, or for a malformed address; false when it is neither. */
export type HotPath = (request: IncomingMessage, response: ServerResponse) => boolean

const served: ReadonlySet<string> = new Set(METHODS)
const NO_CORS: readonly string[] = []

export function createHotPath(deps: HotPathDeps): HotPath {
  return (request, response) => {
    const target = parseTarget(request.url ?? '')
    if (target === 'other') return false
    const call: Call = {
      request,
      response,
      requestId: deps.newRequestId(),
      startedAt: deps.clock(),
      address: deps.addressOf(request),
      cors: NO_CORS,
      served: undefined,
      token: undefined,
    }
    const admitted = target === 'malformed' ? { refusal: 'malformed_target' as const } : admit(deps, call, target)
    if (admitted === 'preflight') {
      const asked = request.headers['access-control-request-headers']
      answerPreflight(response, [...call.cors, ...deps.origins.preflightHeaders(asked)])
    } else if ('refusal' in admitted) deny(deps, call, admitted)
    else forward(deps, call, admitted)
    return true
  }
}

function admit(deps: HotPathDeps, call: Call, target: Target): Admitted | Refused | 'preflight' {
  const { headers, method = '' } = call.request
  const { forward, authorizations, hosts } = readRequestHeaders(call.request.rawHeaders, headers.connection)
  if (hosts > 1) return { refusal: 'malformed_request' }
  if (!deps.hostAllowed(headers.host)) return { refusal: 'host_not_served' }
  if (headers.origin !== undefined) {
    const cors = deps.origins.headersFor(headers.origin)
    if (cors === undefined) return { refusal: 'origin_not_allowed' }
    call.cors = cors
  }
  const service = deps.catalogue.get(target.serviceId)
  if (service === undefined) return { refusal: 'service_not_found' }
  call.served = service
  if (isPreflight(call.request)) return 'preflight'
  if (!served.has(method)) return { refusal: 'method_not_served' }

  forward.push('X-Forwarded-For', call.address, ...deps.forwardedOrigin)
  // A public service gets no identity, whatever the client brings.
  if (!service.service.auth_required) return { served: service, target, headers: forward }
  if (carriesToken(target.query)) return { refusal: 'credentials_malformed', reason: 'token_in_query' }
  const credentials = { authorization: headers.authorization, count: authorizations }
  const token = deps.authenticate(credentials, service, call.startedAt)
  if (!token.ok) {
    call.token = token.token
    return { refusal: token.refusal, reason: token.reason }
  }
  call.token = token
  forward.push(...token.identity)
  return { served: service, target, headers: forward }
}

/** Fetch §4.8. Any other OPTIONS is the backend's. */
function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

function deny(deps: HotPathDeps, call: Call, { refusal, reason }: Refused): void {
  const { status, challenge }: ProxyRefusal = refusals[refusal]
  deps.calls.denied(factsOf(call), { status, reason: reason ?? refusal })
  answerRefusal(call.response, refusal, {
    requestId: call.requestId,
    cors: call.cors,
    challenge: challenge && call.served?.challenges[challenge],
  })
}

function forward(deps: HotPathDeps, call: Call, { served, target, headers }: Admitted): void {
  const { request, response } = call
  const path = backendPath(served.backend, target.subPath, target.query)
  const report = (outcome: { readonly status?: number; readonly reason?: string }) =>
    deps.calls.forwarded(factsOf(call), { ...outcome, durationMs: deps.clock() - call.startedAt })
  readRequestBody(request, (body) => {
    const exchange = new Exchange({
      response,
      isHead: request.method === 'HEAD',
      headersOf: (raw) => {
        const kept = responseHeaders(raw, served, path)
        kept.push(...call.cors)
        return kept
      },
      onAnswer: (status) => report({ status }),
      onFailure(refusal) {
        report({ status: refusals[refusal].status, reason: refusal })
        answerRefusal(response, refusal, { requestId: call.requestId, cors: call.cors })
      },
      onClientGone: () => report({ reason: 'client_gone' }),
    })
    if (!(body instanceof Buffer) && body !== null) headers.push(...framing(request))
    dispatch(deps.upstreams, served, { path, method: request.method ?? '', headers, body }, exchange)
  })
}

interface BackendRequest {
  readonly path: string
  readonly method: string
  readonly headers: string[]
  readonly body: RequestBody
}

function dispatch(upstreams: Upstreams, served: ServedService, request: BackendRequest, exchange: Exchange): void {
  upstreams.of(served).dispatch(
    {
      path: request.path,
      method: request.method,
      headers: request.headers,
      body: request.body as Buffer,
      headersTimeout: served.service.timeout,
    },
    exchange,
  )
}

/** A body that is passed on as it comes keeps the length that the client stated; without one it is chunked again. */
function framing(request: IncomingMessage): readonly string[] {
  const length = request.headers['content-length']
  return length === undefined ? [] : ['Content-Length', length]
}

function factsOf({ request, requestId, address, served, token }: Call) {
  return { request, requestId, address, served, claims: token?.claims }
}
