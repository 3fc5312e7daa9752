/** The facts of this service as audit events. */
import { type Commit, requestIdOf, unknownEvent } from '@gateway/bus'
import type { AccessRulesState, AuditData, AuditEvent, AuditType } from '@gateway/contracts'
import type { AccessRulesEvent } from './access-rules.ts'
import type { Identity, IdentityEvent } from './identity.ts'
import type { Login, LoginEvent } from './login.ts'

export function loginAudit(commit: Commit<Login, LoginEvent>): readonly AuditEvent[] {
  return told('login', commit, (event) => {
    switch (event.type) {
      case 'LoginSucceeded':
        return ['audit.login.succeeded', { decision: 'allowed', sub: event.sub }]
      case 'LoginFailed':
        return ['audit.login.failed', { decision: 'denied', reason: event.reason, ...ruleOf(event), ...subOf(event) }]
      default:
        return unknownEvent(event)
    }
  })
}

const CHANGES = {
  ProfileChanged: 'profile',
  SignInRequired: 'sign_in_required',
  IdentityBlocked: 'blocked',
  IdentityUnblocked: 'unblocked',
  IdentityErased: 'erased',
} as const satisfies Record<Exclude<IdentityEvent['type'], 'IdentitySeen'>, string>

export function identityAudit(commit: Commit<Identity, IdentityEvent>): readonly AuditEvent[] {
  return told('identity', commit, (event) => {
    const { type, sub } = event
    if (type === 'IdentitySeen') return ['audit.identity.first-seen', { decision: 'recorded', sub }]
    if (!(type in CHANGES)) return unknownEvent(event as never)
    const reason = type === 'SignInRequired' && event.cause === 'provider' ? 'refused_by_provider' : CHANGES[type]
    return ['audit.identity.changed', { decision: 'recorded', reason, sub }]
  })
}

/** One event for each service whose rules became tighter, or one for a change that kept nobody out. */
export function accessRulesAudit(commit: Commit<AccessRulesState, AccessRulesEvent>): readonly AuditEvent[] {
  const context = { actor: commit.actor, request_id: requestIdOf(commit), commit: commit.id }
  return commit.events.flatMap(({ tightened }, index) => {
    const changes =
      tightened.length > 0 ? tightened.map((service) => ({ service, rule: 'tightened' })) : [{ rule: 'relaxed' }]
    return changes.map((change, place): AuditEvent => {
      const data = { decision: 'recorded', ...change, ...context } as const
      return { id: `access-rules.${commit.id}.${index}.${place}`, type: 'audit.access.changed', at: commit.at, data }
    })
  })
}

const ruleOf = ({ rule }: { readonly rule?: string | undefined }) => (rule === undefined ? {} : { rule })
const subOf = ({ sub }: { readonly sub?: string | undefined }) => (sub === undefined ? {} : { sub })

/** One request leaves commits on a login and an identity: the aggregate's name keeps their events' ids apart in AUDIT. */
function told<State, Event>(
  aggregate: string,
  commit: Commit<State, Event>,
  tell: (event: Event) => readonly [AuditType, AuditData],
): readonly AuditEvent[] {
  const context = { actor: commit.actor, request_id: requestIdOf(commit), commit: commit.id }
  return commit.events.map((event, index) => {
    const [type, data] = tell(event)
    return { id: `${aggregate}.${commit.id}.${index}`, type, at: commit.at, data: { ...data, ...context } }
  })
}
