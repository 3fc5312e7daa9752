/** Rules for tools, resources and prompts, applied to a request whose body has been read. */
import type { IncomingMessage } from 'node:http'
import { type Inspection, inspect } from '../domain/inspection.ts'
import type { OperationRules } from '../domain/operation-rules.ts'
import { SUPPORTED_VERSIONS } from '../domain/protocol-version.ts'
import { type ServedService, stepUpChallenge } from '../domain/served-service.ts'
import type { VerifiedToken } from '../token/verify.ts'
import { versionOf } from './admit.ts'
import type { Call, Refused } from './call.ts'

/** T3, T4, T6, R6: undefined when the request may go on; notes on the call what it asks for. */
export function judge(
  issuer: string,
  call: Call,
  { served, rules, token }: { served: ServedService; rules: OperationRules; token: VerifiedToken },
  body: Buffer,
): Refused | undefined {
  const { headers } = call.request
  const mirrored = {
    version: versionOf(call.request),
    method: one(headers['mcp-method']),
    name: one(headers['mcp-name']),
  }
  const inspection = inspect(body, mirrored, rules, token)
  if ('message' in inspection) {
    const { message } = inspection
    call.read = {
      method: message?.method,
      listing: inspection.verdict === 'allowed' && inspection.listing,
      operations: inspection.verdict === 'allowed' ? inspection.operations : (message?.operations ?? []),
    }
  }
  return refusalOf(inspection, mirrored.version, (needed) => stepUpChallenge(issuer, served, needed, token.scopes))
}

function refusalOf(
  inspection: Inspection,
  requested: string | undefined,
  challengeFor: (needed: readonly string[]) => string,
): Refused | undefined {
  switch (inspection.verdict) {
    case 'allowed':
      return undefined
    case 'unreadable':
      return { refusal: 'message_unreadable' }
    case 'header_mismatch':
      return { refusal: 'header_mismatch', rpc: { id: inspection.id } }
    case 'version_unsupported':
      return {
        refusal: 'version_unsupported',
        rpc: { id: inspection.id, data: { supported: SUPPORTED_VERSIONS, requested } },
      }
    case 'group_missing':
      return { refusal: 'group_missing' }
    case 'scope_insufficient':
      return { refusal: 'scope_insufficient', challenge: challengeFor(inspection.needed) }
  }
}

/** A body in a coding is not read, so it is not judged either. */
export function isCoded({ headers }: IncomingMessage): boolean {
  const coding = headers['content-encoding']
  return coding !== undefined && coding.toLowerCase() !== 'identity'
}

function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
