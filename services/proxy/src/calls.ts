/** What the audit is told of each call and each refusal: ids, decision, and what the client's headers say of the method. */
import type { IncomingMessage } from 'node:http'
import type { AuditData } from '@gateway/contracts'
import { type Audit, traceIdOf } from '@gateway/service'
import type { Operation } from './domain/operation-rules.ts'
import type { ServedService } from './domain/served-service.ts'
import type { TokenClaims } from './token/verify.ts'

export interface BodyFacts {
  readonly method: string | undefined
  readonly operations: readonly Operation[]
  /** Whether it asks for a list of what there is. */
  readonly listing: boolean
}

export interface CallFacts {
  readonly request: IncomingMessage
  readonly requestId: string
  readonly address: string
  /** Absent for an address that is none of the catalogue's: what a stranger wrote there is not recorded. */
  readonly served?: ServedService | undefined
  readonly claims?: TokenClaims | undefined
  /** What the body was found to ask for, where it was read. */
  readonly read?: BodyFacts | undefined
}

export interface Calls {
  /** The backend has begun to answer, or has failed to (`reason`). `durationMs`: until then. */
  forwarded(
    call: CallFacts,
    outcome: { readonly status?: number; readonly durationMs: number; readonly reason?: string },
  ): void
  /** Without a status: an open stream was ended. */
  denied(call: CallFacts, outcome: { readonly status?: number | undefined; readonly reason: string }): void
}

export function createCalls(audit: Audit): Calls {
  return {
    forwarded: (call, { status, durationMs, reason }) =>
      audit.record('audit.mcp.request', dataOf(call, 'allowed', status, reason, durationMs)),
    denied: (call, { status, reason }) =>
      audit.record('audit.mcp.denied', dataOf(call, 'denied', status, reason, undefined)),
  }
}

/** One literal: what is absent is undefined, and leaves no trace in the event's JSON. */
function dataOf(
  { request, requestId, address, served, claims, read }: CallFacts,
  decision: AuditData['decision'],
  status: number | undefined,
  reason: string | undefined,
  durationMs: number | undefined,
): AuditData {
  const method = read === undefined ? spoken(request.headers['mcp-method']) : spoken(read.method)
  return {
    decision,
    reason,
    sub: claims?.sub,
    client_id: claims?.client_id,
    service: served?.service.id,
    resource: served?.resource,
    family: claims?.sid,
    actor: claims === undefined ? 'anonymous' : actorOf(claims),
    request_id: requestId,
    trace_id: traceIdOf(request.headers['traceparent']),
    address,
    http_method: request.method,
    status,
    mcp_method: method,
    // Only a tool has a name that is nobody's data; `Mcp-Name` of a resource is its URI.
    tool: method === 'tools/call' ? spoken(read?.operations[0]?.name ?? request.headers['mcp-name']) : undefined,
    duration_ms: durationMs,
  }
}

function actorOf({ sub, client_id }: TokenClaims): string {
  return sub === client_id ? `client:${client_id}` : `user:${sub}`
}

/** As the client says it, if it can be a name at all: where no rule was judged, nobody has compared it with the body. */
function spoken(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\x21-\x7E]{1,128}$/.test(header) ? header : undefined
}
