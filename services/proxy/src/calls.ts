/** What the audit is told of each call and each refusal: ids, decision, and what the client's headers say of the method. */
import type { IncomingMessage } from 'node:http'
import type { AuditData } from '@gateway/contracts'
import type { Audit } from '@gateway/service'
import type { ServedService } from './domain/served-service.ts'
import type { TokenClaims } from './token/verify.ts'

export interface CallFacts {
  readonly request: IncomingMessage
  readonly requestId: string
  readonly address: string
  /** Absent for an address that is none of the catalogue's: what a stranger wrote there is not recorded. */
  readonly served?: ServedService | undefined
  readonly claims?: TokenClaims | undefined
}

export interface Calls {
  /** The backend has begun to answer, or has failed to (`reason`). `durationMs`: until then. */
  forwarded(
    call: CallFacts,
    outcome: { readonly status?: number; readonly durationMs: number; readonly reason?: string },
  ): void
  denied(call: CallFacts, outcome: { readonly status: number; readonly reason: string }): void
}

export function createCalls(audit: Audit): Calls {
  return {
    forwarded: (call, { status, durationMs, reason }) =>
      audit.record('audit.mcp.request', {
        ...dataOf(call, 'allowed'),
        ...(status === undefined ? {} : { status }),
        ...(reason === undefined ? {} : { reason }),
        duration_ms: durationMs,
      }),
    denied: (call, { status, reason }) =>
      audit.record('audit.mcp.denied', { ...dataOf(call, 'denied'), status, reason }),
  }
}

function dataOf(
  { request, requestId, address, served, claims }: CallFacts,
  decision: AuditData['decision'],
): AuditData {
  const method = spoken(request.headers['mcp-method'])
  // Only a tool has a name that is nobody's data; `Mcp-Name` of a resource is its URI.
  const tool = method === 'tools/call' ? spoken(request.headers['mcp-name']) : undefined
  return {
    decision,
    ...(served === undefined ? {} : { service: served.service.id, resource: served.resource }),
    ...(claims === undefined ? { actor: 'anonymous' } : who(claims)),
    request_id: requestId,
    address,
    http_method: request.method ?? '',
    ...(method === undefined ? {} : { mcp_method: method }),
    ...(tool === undefined ? {} : { tool }),
  }
}

function who({ sub, client_id, sid }: TokenClaims): Partial<AuditData> {
  const actor = sub === client_id ? `client:${client_id}` : `user:${sub}`
  return { sub, client_id, actor, ...(sid === undefined ? {} : { family: sid }) }
}

/** As the client says it, if it can be a name at all: nobody has compared it with the body. */
function spoken(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\x21-\x7E]{1,128}$/.test(header) ? header : undefined
}
