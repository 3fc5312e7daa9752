/** Subject → shape → handler: the operations that are served, and this service's own facts told to AUDIT. */
import { type Commit, isCommit, type StoredMessage, type Subscription, serve, UnreadableFact } from '@gateway/bus'
import {
  type AuditEvent,
  beginLogin,
  blockUser,
  checkUser,
  durables,
  endUpstreamSession,
  eraseUser,
  finishLogin,
  listUsers,
  requireSignIn,
  showUser,
  unblockUser,
  upstreamToken,
} from '@gateway/contracts'
import { auditFacts } from '@gateway/service'
import { type BridgeDeps, SERVICE } from './deps.ts'
import { accessRulesAudit, identityAudit, loginAudit } from './domain/audit-events.ts'
import { begin } from './handlers/begin-login.ts'
import { check } from './handlers/check-user.ts'
import { endSession } from './handlers/end-upstream-session.ts'
import { finishAudited } from './handlers/finish-login.ts'
import { decide, erase, list, show } from './handlers/operate-users.ts'
import { handOutUpstreamToken } from './handlers/upstream-token.ts'

export function serveOperations(deps: BridgeDeps): Promise<Subscription[]> {
  const { bus, clock } = deps
  return Promise.all([
    serve(bus, beginLogin, clock, (input) => begin(deps, input)),
    serve(bus, finishLogin, clock, (input, context) => finishAudited(deps, input, context)),
    serve(bus, checkUser, clock, (input) => check(deps, input)),
    serve(bus, endUpstreamSession, clock, (input) => endSession(deps, input)),
    serve(bus, upstreamToken, clock, (input) => handOutUpstreamToken(deps, input)),
    serve(bus, listUsers, clock, ({ cursor }) => list(deps, cursor)),
    serve(bus, showUser, clock, ({ sub }) => show(deps, sub)),
    serve(bus, blockUser, clock, ({ sub }, context) => decide(deps, 'BlockIdentity', sub, context)),
    serve(bus, unblockUser, clock, ({ sub }, context) => decide(deps, 'UnblockIdentity', sub, context)),
    serve(bus, requireSignIn, clock, ({ sub }, context) => decide(deps, 'RequireSignIn', sub, context)),
    serve(bus, eraseUser, clock, ({ sub }, context) => erase(deps, sub, context)),
  ])
}

export function tellFacts(deps: BridgeDeps): Promise<Subscription[]> {
  const facts = { service: SERVICE, bus: deps.bus }
  return Promise.all([
    auditFacts(facts, durables.auditLogins, (message) => readable(message, loginAudit)),
    auditFacts(facts, durables.auditIdentities, (message) => readable(message, identityAudit)),
    auditFacts(facts, durables.auditAccessRules, (message) => readable(message, accessRulesAudit)),
  ])
}

/** What is no commit is parked: no retry would make it readable. */
function readable<State, Event>(
  { data }: StoredMessage,
  tell: (commit: Commit<State, Event>) => readonly AuditEvent[],
): readonly AuditEvent[] {
  if (!isCommit(data)) throw new UnreadableFact('no commit')
  return tell(data as Commit<State, Event>)
}
