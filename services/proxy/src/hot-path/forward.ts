/** An admitted call on its way: its body read and judged where rules ask for it, sent to the backend, the answer sent back. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, Refusal } from '@gateway/kernel'
import type { Calls } from '../calls.ts'
import type { May } from '../domain/listing.ts'
import { lackOf } from '../domain/operation-rules.ts'
import { type Backend, backendPath, type ServedService } from '../domain/served-service.ts'
import type { SessionBinding } from '../domain/session-binding.ts'
import { type RefusalCode, refusals } from '../refusals.ts'
import type { UpstreamCredentials } from '../upstream/credentials.ts'
import type { Upstream, Upstreams } from '../upstream/upstreams.ts'
import type { Admitted } from './admit.ts'
import { answerRefusal } from './answers.ts'
import { type Call, factsOf, type Refused } from './call.ts'
import { Exchange, type ExchangeDeps, isConnectFailure } from './exchange.ts'
import { isCoded, judge } from './judge.ts'
import { ListFilter } from './list-filter.ts'
import type { OpenStream, OpenStreams } from './open-streams.ts'
import { type RequestBody, readRequestBody, readWholeBody, statedLength } from './request-body.ts'
import { replaceHeaders } from './request-headers.ts'
import { responseHeaders } from './response-headers.ts'

export interface ForwardDeps {
  readonly issuer: string
  readonly clock: Clock
  readonly calls: Calls
  readonly sessions: SessionBinding
  readonly upstreams: Upstreams
  readonly credentials: UpstreamCredentials
  readonly streams: OpenStreams
  readonly bodyBytesMax: () => number
  /** Why an answer under way may not go on, by what is known now; undefined when it may. */
  readonly problemWhileOpen: (call: Call, now: number) => string | undefined
  readonly deny: (call: Call, refused: Refused) => void
}

export function forward(deps: ForwardDeps, call: Call, admitted: Admitted): void {
  const forwarding = new Forwarding(deps, call, admitted)
  call.response.once('close', () => forwarding.closed())
  forwarding.begin()
}

/** One object for all that becomes of a call, since every request makes one. */
class Forwarding implements OpenStream, ExchangeDeps {
  readonly #deps: ForwardDeps
  readonly #call: Call
  readonly #admitted: Admitted
  #exchange: Exchange | undefined
  #backend: Backend | undefined
  #upstream: Upstream | undefined
  /** As asked of the backend. */
  #path = ''
  #closed = false

  constructor(deps: ForwardDeps, call: Call, admitted: Admitted) {
    this.#deps = deps
    this.#call = call
    this.#admitted = admitted
  }

  begin(): void {
    const { served } = this.#admitted
    const { request, token } = this.#call
    const { rules } = served
    const bytesMax = this.#deps.bodyBytesMax()
    if (rules === undefined || token === undefined || statedLength(request) === 0) {
      readRequestBody(request, bytesMax, (body) => this.#authorizeUpstream(body))
      return
    }
    // RFC 9110 §15.5.16, §8.4: what is not read cannot be judged.
    if (isCoded(request)) {
      this.#deny({ refusal: 'encoding_not_read' })
      return
    }
    readWholeBody(request, bytesMax, (body) => {
      const refused: Refused | undefined =
        body === 'too_large'
          ? { refusal: 'body_too_large' }
          : judge(this.#deps.issuer, this.#call, { served, rules, token }, body)
      if (refused !== undefined) this.#deny(refused)
      else this.#authorizeUpstream(body as Buffer)
    })
  }

  #deny(refused: Refused): void {
    if (!this.#closed) this.#deps.deny(this.#call, refused)
  }

  #authorizeUpstream(body: RequestBody): void {
    const { served, headers } = this.#admitted
    const own = this.#deps.credentials.headersFor(served.service.id, this.#call.token)
    if (own === undefined) this.#send(body, headers)
    else if (!(own instanceof Promise)) this.#send(body, replaceHeaders(headers, own))
    else {
      own.then(
        (ready) => this.#send(body, replaceHeaders(headers, ready)),
        (error: unknown) =>
          this.#deny(
            error instanceof Refusal
              ? { refusal: 'credential_missing', reason: error.code }
              : { refusal: 'credential_unavailable', retryAfterSeconds: 1 },
          ),
      )
    }
  }

  #send(body: RequestBody, headers: string[]): void {
    if (this.#closed) return
    const { served, target } = this.#admitted
    const { request, session, startedAt } = this.#call
    const backend = this.#deps.upstreams.choose(served, session?.replica, startedAt)
    // MCP Session Management 3: 404 tells the client to begin anew.
    if (backend === undefined) {
      this.#deny({ refusal: 'session_not_found', reason: 'replica_gone' })
      return
    }
    const upstream = this.#deps.upstreams.of(served, backend)
    const path = backendPath(backend, target.subPath, target.query)
    const exchange = new Exchange(this)
    this.#backend = backend
    this.#upstream = upstream
    this.#path = path
    this.#exchange = exchange
    if (!upstream.circuit.admits(startedAt)) {
      exchange.onResponseError(undefined, Object.assign(new Error('not tried'), { code: CIRCUIT_OPEN }))
      return
    }
    if (!(body instanceof Buffer) && body !== null) headers.push(...framing(request))
    const may = this.#mayWhereListsAreShort()
    upstream.client.dispatch(
      {
        path,
        method: request.method ?? '',
        headers: may === undefined ? headers : replaceHeaders(headers, PLAIN),
        body,
        headersTimeout: served.service.timeouts?.first_byte ?? served.service.timeout,
      },
      may === undefined ? exchange : new ListFilter(exchange, may, this.#deps.bodyBytesMax()),
    )
  }

  /** Where this call asks for lists that are shown shortened, or for a stream on which one may be repeated (`Last-Event-ID`). */
  #mayWhereListsAreShort(): May | undefined {
    const { service, rules } = this.#admitted.served
    const { request, read, token } = this.#call
    if (service.filter_lists !== true || rules === undefined || token === undefined) return undefined
    if (read?.listing !== true && request.method !== 'GET') return undefined
    return (operation) => lackOf(rules.needsOf([operation]), token) === undefined
  }

  get response(): ServerResponse {
    return this.#call.response
  }

  get isHead(): boolean {
    return this.#call.request.method === 'HEAD'
  }

  headersOf(raw: Parameters<ExchangeDeps['headersOf']>[0]): string[] {
    const { served } = this.#admitted
    const backend = this.#backend ?? served.backend
    // A session of a public service is whoever's has it.
    const bindSession = raw['mcp-session-id'] === undefined ? undefined : this.#sessionBinder(served, backend)
    const kept = responseHeaders(raw, { backend, resource: served.resource, bindSession }, this.#path)
    kept.push(...this.#call.cors)
    return kept
  }

  onAnswer(status: number): void {
    this.#admitted.ticket.answered()
    this.#upstream?.circuit.connected()
    if (status === 401) this.#deps.credentials.refused(this.#admitted.served.service.id, this.#call.token)
    this.#report({ status })
  }

  onFailure(refusal: RefusalCode, error: Error & { readonly code?: unknown }): void {
    if (isConnectFailure(error)) this.#upstream?.circuit.failed(this.#deps.clock())
    const reason = error.code === CIRCUIT_OPEN ? 'circuit_open' : refusal
    this.#report({ status: refusals[refusal].status, reason })
    const { response, requestId, cors } = this.#call
    answerRefusal(response, refusal, { requestId, cors })
  }

  onClientGone(): void {
    this.#report({ reason: 'client_gone' })
  }

  onOpen(): void {
    this.#deps.streams.add(this)
  }

  #sessionBinder(served: ServedService, { tag }: Backend): ((id: string) => string | undefined) | undefined {
    const claims = this.#call.token?.claims
    const replica = served.backends.length > 1 ? tag : ''
    return claims && ((id) => this.#deps.sessions.bind({ id, replica }, served.service.id, claims))
  }

  #report(outcome: { readonly status?: number; readonly reason?: string }): void {
    const durationMs = this.#deps.clock() - this.#call.startedAt
    this.#deps.calls.forwarded(factsOf(this.#call), { ...outcome, durationMs })
  }

  /** The answer is over, or its client is gone. */
  closed(): void {
    this.#closed = true
    this.#admitted.ticket.leave()
    this.#deps.streams.remove(this)
    this.#exchange?.clientGone()
  }

  get wroteSinceAsked(): boolean {
    return this.#exchange?.wroteSinceAsked ?? true
  }

  keepAlive(): void {
    this.#exchange?.keepAlive()
  }

  problem(now: number): string | undefined {
    return this.#deps.problemWhileOpen(this.#call, now)
  }

  end(reason: string): void {
    this.#deps.calls.denied(factsOf(this.#call), { reason })
    this.#exchange?.cut()
  }
}

/** RFC 9110 §12.5.3: what is to be shortened is asked for without a content coding. */
const PLAIN = ['Accept-Encoding', 'identity']

const CIRCUIT_OPEN = 'ERR_CIRCUIT_OPEN'

/** RFC 9112 §6.2, §6.3: a body that is passed on as it comes keeps the length that the client stated; without one it is chunked again. */
function framing(request: IncomingMessage): readonly string[] {
  const length = request.headers['content-length']
  return length === undefined ? [] : ['Content-Length', length]
}
