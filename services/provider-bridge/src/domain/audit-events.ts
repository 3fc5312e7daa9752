/** The facts of this service as audit events. */
import type { Commit } from '@gateway/bus'
import type { AuditData, AuditEvent, AuditType } from '@gateway/contracts'
import type { Identity, IdentityEvent } from './identity.ts'
import type { Login, LoginEvent } from './login.ts'

export function loginAudit(commit: Commit<Login, LoginEvent>): readonly AuditEvent[] {
  return told('login', commit, (event) => {
    switch (event.type) {
      case 'LoginSucceeded':
        return ['audit.login.succeeded', { decision: 'allowed', sub: event.sub }]
      case 'LoginFailed':
        return ['audit.login.failed', { decision: 'denied', reason: event.reason, ...subOf(event) }]
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
    return ['audit.identity.changed', { decision: 'recorded', reason: CHANGES[type], sub }]
  })
}

const subOf = ({ sub }: { readonly sub?: string | undefined }) => (sub === undefined ? {} : { sub })

/** One request leaves commits on a login and an identity: the aggregate's name keeps their events' ids apart in AUDIT. */
function told<State, Event>(
  aggregate: string,
  commit: Commit<State, Event>,
  tell: (event: Event) => readonly [AuditType, AuditData],
): readonly AuditEvent[] {
  const context = { actor: commit.actor, request_id: commit.id.replace(/\.\d+$/, ''), commit: commit.id }
  return commit.events.map((event, index) => {
    const [type, data] = tell(event)
    return { id: `${aggregate}.${commit.id}.${index}`, type, at: commit.at, data: { ...data, ...context } }
  })
}
