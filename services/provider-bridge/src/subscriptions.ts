/** Subject → shape → handler: the operations that are served, and this service's own facts told to AUDIT. */
import { type Commit, isCommit, type StoredMessage, type Subscription, serve } from '@gateway/bus'
import { type AuditEvent, beginLogin, checkUser, durables, finishLogin } from '@gateway/contracts'
import { auditFacts } from '@gateway/service'
import { type BridgeDeps, SERVICE } from './deps.ts'
import { identityAudit, loginAudit } from './domain/audit-events.ts'
import { begin } from './handlers/begin-login.ts'
import { check } from './handlers/check-user.ts'
import { finishAudited } from './handlers/finish-login.ts'

export function serveOperations(deps: BridgeDeps): Promise<Subscription[]> {
  const { bus, clock } = deps
  return Promise.all([
    serve(bus, beginLogin, clock, (input) => begin(deps, input)),
    serve(bus, finishLogin, clock, (input, context) => finishAudited(deps, input, context)),
    serve(bus, checkUser, clock, (input) => check(deps, input)),
  ])
}

export function tellFacts(deps: BridgeDeps): Promise<Subscription[]> {
  const facts = { service: SERVICE, bus: deps.bus }
  return Promise.all([
    auditFacts(facts, durables.auditLogins, (message) => readable(deps, message, loginAudit)),
    auditFacts(facts, durables.auditIdentities, (message) => readable(deps, message, identityAudit)),
  ])
}

/** An unreadable fact is passed over with one line that names the place: no retry would make it readable. */
function readable<State, Event>(
  { log }: BridgeDeps,
  { data, subject, sequence }: StoredMessage,
  tell: (commit: Commit<State, Event>) => readonly AuditEvent[],
): readonly AuditEvent[] {
  if (isCommit(data)) return tell(data as Commit<State, Event>)
  log.error({ subject, sequence }, 'a fact is unreadable and was passed over')
  return []
}
