/** What the facts of this service tell the audit: commit in, events out, the same ones each time. */
import { isCommit, requestIdOf, type StoredMessage, UnreadableFact, unknownEvent } from '@gateway/bus'
import type { AuditData, AuditEvent, AuditType } from '@gateway/contracts'
import type { Authorization, AuthorizationEvent, Grant } from './authorization.ts'
import { redirectHost } from './authorization-response.ts'
import type { Consent, ConsentEvent } from './consent.ts'

/** What is not told here is told elsewhere: the sign-in by the provider-bridge, the replay by the token-issuer, which revokes for it. */
export function tellAuthorization(message: StoredMessage): readonly AuditEvent[] {
  if (!isCommit(message.data)) throw new UnreadableFact('no commit')
  const { state, events } = message.data as { state: Authorization; events: readonly AuthorizationEvent[] }
  if (!('grant' in state)) return []
  const about = dataOf(state.grant)
  return told(message, events, (event) => {
    switch (event.type) {
      case 'UserAuthenticated':
      case 'CodeReplayed':
        return undefined
      case 'CodeIssued':
        return [
          'audit.code.issued',
          { decision: 'allowed', ...about, redirect_host: redirectHost(event.grant.redirect_uri) },
        ]
      case 'CodeRedeemed':
        return ['audit.code.redeemed', { decision: 'allowed', ...about, family: event.family }]
      default:
        return unknownEvent(event)
    }
  })
}

export function tellConsent(message: StoredMessage): readonly AuditEvent[] {
  if (!isCommit(message.data)) throw new UnreadableFact('no commit')
  const { events } = message.data as { state: Consent; events: readonly ConsentEvent[] }
  return told(message, events, (event) =>
    event.type === 'ConsentGranted'
      ? ['audit.consent.granted', { decision: 'allowed', ...event.subject, scopes: [...event.scopes] }]
      : ['audit.consent.withdrawn', { decision: 'recorded', ...event.subject }],
  )
}

function dataOf({ sub, client_id, service, resource, scopes }: Grant) {
  return { sub, client_id, service, resource, scopes: [...scopes] }
}

function told<Event extends { readonly at: number }>(
  message: StoredMessage,
  events: readonly Event[],
  tell: (event: Event) => readonly [AuditType, AuditData] | undefined,
): readonly AuditEvent[] {
  const { id: commit, actor } = message.data as { id: string; actor: string }
  const requestId = requestIdOf({ id: commit })
  return events.flatMap((event, index) => {
    const [type, data] = tell(event) ?? []
    if (type === undefined || data === undefined) return []
    return [{ id: `${commit}.${index}`, type, at: event.at, data: { ...data, actor, request_id: requestId, commit } }]
  })
}
