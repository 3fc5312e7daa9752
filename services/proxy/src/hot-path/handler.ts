/**
 * `/{service}/mcp` and everything below it, entered before any framework: raw headers in and out, one look-up of the token,
 * the body passed through. What the head decides is in `admit.ts`, what happens then in `forward.ts`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AUDIT_RETRY_AFTER_SECONDS } from '@gateway/service'
import { parseTarget, type Target } from '../domain/target.ts'
import { type ProxyRefusal, refusals } from '../refusals.ts'
import { type AdmitDeps, admit } from './admit.ts'
import { answerPreflight, answerRefusal } from './answers.ts'
import { type Call, factsOf, type Refused } from './call.ts'
import { type ForwardDeps, forward } from './forward.ts'

export interface HotPathDeps extends AdmitDeps, Omit<ForwardDeps, 'deny'> {
  readonly newRequestId: () => string
  /** Whether what is decided now can be recorded (`audit.mode`). */
  readonly recordable: () => boolean
  /** The address that the request is counted under. */
  readonly addressOf: (request: IncomingMessage) => string
}

/** Answers a request for an MCP endpoint, or for a malformed address; false when it is neither. */
export type HotPath = (request: IncomingMessage, response: ServerResponse) => boolean

const NO_CORS: readonly string[] = []

export function createHotPath(deps: HotPathDeps): HotPath {
  const deny = (call: Call, refused: Refused) => denyCall(deps, call, refused)
  const forwarding = { ...deps, deny }
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
      session: undefined,
      read: undefined,
    }
    const admitted = admitRecordable(deps, call, target)
    if (admitted === 'preflight') {
      const asked = request.headers['access-control-request-headers']
      answerPreflight(response, [...call.cors, ...deps.origins().preflightHeaders(asked)])
    } else if ('refusal' in admitted) deny(call, admitted)
    else forward(forwarding, call, admitted)
    return true
  }
}

/** What decides nothing leaves no record, so a preflight goes on. */
function admitRecordable(deps: HotPathDeps, call: Call, target: Target | 'malformed'): ReturnType<typeof admit> {
  const admitted = target === 'malformed' ? { refusal: 'malformed_target' as const } : admit(deps, call, target)
  if (admitted === 'preflight' || deps.recordable()) return admitted
  if ('ticket' in admitted) admitted.ticket.leave()
  return { refusal: 'audit_unavailable', retryAfterSeconds: AUDIT_RETRY_AFTER_SECONDS }
}

function denyCall({ calls }: HotPathDeps, call: Call, refused: Refused): void {
  const { refusal, reason, retryAfterSeconds, rpc } = refused
  const { status, challenge }: ProxyRefusal = refusals[refusal]
  // Of what cannot be recorded the audit keeps the number.
  if (refusal !== 'audit_unavailable') calls.denied(factsOf(call), { status, reason: reason ?? refusal })
  answerRefusal(call.response, refusal, {
    requestId: call.requestId,
    cors: call.cors,
    challenge: refused.challenge ?? (challenge && call.served?.challenges[challenge]),
    retryAfterSeconds,
    rpc,
  })
}
