/** The facts of this service as audit events. What died is told by the revocation log alone, whatever the cause. */
import { type Commit, requestIdOf, unknownEvent } from '@gateway/bus'
import type { AuditData, AuditEvent, AuditType, KeyRingState, Revocation, TokenFamilyState } from '@gateway/contracts'
import type { KeyRingEvent } from './key-ring.ts'
import type { TokenFamilyEvent } from './token-family.ts'

const KEY_CHANGES = {
  KeyCreated: 'created',
  KeyActivated: 'activated',
  KeyRetired: 'retired',
  KeyDropped: 'dropped',
  KeyRevoked: 'revoked',
} as const satisfies Record<KeyRingEvent['type'], string>

export function keyRingAudit(commit: Commit<KeyRingState, KeyRingEvent>): readonly AuditEvent[] {
  return told(commit, (event) => [
    'audit.key.changed',
    {
      decision: 'recorded',
      reason: KEY_CHANGES[event.type] ?? unknownEvent(event as never),
      kid: event.kid,
      ring: commit.state.ring,
    },
  ])
}

export function tokenFamilyAudit(commit: Commit<TokenFamilyState, TokenFamilyEvent>): readonly AuditEvent[] {
  const { state } = commit
  if (state.status === 'absent') return []
  const { sub, client_id, resource, family } = state
  const grant = { sub, client_id, resource, family }
  return told(commit, (event) => {
    switch (event.type) {
      case 'FamilyStarted':
        return ['audit.token.issued', { decision: 'allowed', ...grant, scopes: [...event.scopes] }]
      case 'TokenRotated':
        return ['audit.token.refreshed', { decision: 'allowed', reason: 'rotated', ...grant }]
      case 'FamilyRevoked':
        switch (event.reason) {
          case 'code_replayed':
            return ['audit.code.replayed', { decision: 'denied', reason: event.reason, ...grant }]
          case 'refresh_token_reused':
            return ['audit.token.reused', { decision: 'denied', reason: event.reason, ...grant }]
          case 'client_request':
          case 'user_request':
          case 'operator_request':
            return undefined
        }
      default:
        return unknownEvent(event)
    }
  })
}

export function revocationAudit(revocation: Revocation): readonly AuditEvent[] {
  const { kind, id, at } = revocation
  const data: AuditData = {
    decision: 'recorded',
    reason: kind,
    ...(revocation.actor === undefined ? {} : { actor: revocation.actor }),
    ...('sub' in revocation ? { sub: revocation.sub } : {}),
    ...('client_id' in revocation ? { client_id: revocation.client_id } : {}),
    ...('sid' in revocation ? { family: revocation.sid } : {}),
    ...('service' in revocation ? { service: revocation.service } : {}),
  }
  return [{ id, type: 'audit.token.revoked', at, data }]
}

/** One request may leave commits on several aggregates; the durable's name, put before these ids, keeps them apart in AUDIT. */
function told<State, Event>(
  commit: Commit<State, Event>,
  tell: (event: Event) => readonly [AuditType, AuditData] | undefined,
): readonly AuditEvent[] {
  const context = { actor: commit.actor, request_id: requestIdOf(commit), commit: commit.id }
  return commit.events.flatMap((event, index) => {
    const [type, data] = tell(event) ?? []
    if (type === undefined || data === undefined) return []
    return [{ id: `${commit.id}.${index}`, type, at: commit.at, data: { ...data, ...context } }]
  })
}
