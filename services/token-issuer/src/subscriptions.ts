/** Subject → shape → handler: the operations that are served, and what this service does about its own facts. */
import { type Commit, isCommit, type RequestContext, type StoredMessage, type Subscription, serve } from '@gateway/bus'
import {
  type AuditEvent,
  durables,
  issueToken,
  jwks,
  type KeyRingState,
  keyRingStateSchema,
  refreshToken,
  revocationSchema,
  revokeToken,
  type TokenFamilyState,
  tokenFamilyStateSchema,
} from '@gateway/contracts'
import { auditFacts } from '@gateway/service'
import type { IssuerDeps } from './deps.ts'
import { keyRingAudit, revocationAudit, tokenFamilyAudit } from './domain/audit-events.ts'
import type { KeyRingEvent } from './domain/key-ring.ts'
import type { TokenFamilyEvent } from './domain/token-family.ts'
import { issue } from './handlers/issue-token.ts'
import { refresh } from './handlers/refresh-token.ts'
import { publishRevokedFamily } from './handlers/revocation.ts'
import { revoke } from './handlers/revoke-token.ts'

export const SERVICE = 'token-issuer'

export function serveOperations(deps: IssuerDeps): Promise<Subscription[]> {
  const { bus, clock } = deps
  return Promise.all([
    serve(bus, issueToken, clock, (input, context) => issue(deps, input, context)),
    serve(bus, refreshToken, clock, (input, context) => refresh(deps, input, context)),
    serve(bus, revokeToken, clock, (input, context) => revoke(deps, input, context)),
    serve(bus, jwks, clock, ({ ring }, _context: RequestContext) => deps.keys.jwks(ring)),
  ])
}

export function reactToFacts(deps: IssuerDeps): Promise<Subscription[]> {
  const facts = { service: SERVICE, bus: deps.bus }
  return Promise.all([
    deps.bus.consume(asConsumer(durables.revokedFamilies), (message) => tellRevokedFamily(deps, message)),
    auditFacts(facts, durables.auditKeys, (message) => readable(deps, message, keyRingCommit, keyRingAudit)),
    auditFacts(facts, durables.auditTokenFamilies, (message) =>
      readable(deps, message, tokenFamilyCommit, tokenFamilyAudit),
    ),
    auditFacts(facts, durables.auditRevocations, (message) => readable(deps, message, revocation, revocationAudit)),
  ])
}

/**
 * A family's end reaches the proxies even if the replica that decided it died before it could tell them. Judged by the
 * state after the commit: the stream keeps only a family's last commits.
 */
async function tellRevokedFamily(deps: IssuerDeps, message: StoredMessage): Promise<void> {
  const commit = tokenFamilyCommit(message)
  if (commit) await publishRevokedFamily(deps.bus, commit.state)
  else reportUnreadable(deps, message)
}

function readable<Fact>(
  deps: IssuerDeps,
  message: StoredMessage,
  read: (message: StoredMessage) => Fact | undefined,
  tell: (fact: Fact) => readonly AuditEvent[],
): readonly AuditEvent[] {
  const fact = read(message)
  if (fact) return tell(fact)
  reportUnreadable(deps, message)
  return []
}

/** Passed over with one line that names the place: no retry would make it readable. */
function reportUnreadable({ log }: IssuerDeps, { subject, sequence }: StoredMessage): void {
  log.error({ subject, sequence }, 'a fact is unreadable and was passed over')
}

function tokenFamilyCommit({ data }: StoredMessage): Commit<TokenFamilyState, TokenFamilyEvent> | undefined {
  const readable = isCommit(data) && tokenFamilyStateSchema.safeParse(data.state).success
  return readable ? (data as Commit<TokenFamilyState, TokenFamilyEvent>) : undefined
}

function keyRingCommit({ data }: StoredMessage): Commit<KeyRingState, KeyRingEvent> | undefined {
  const readable = isCommit(data) && keyRingStateSchema.safeParse(data.state).success
  return readable ? (data as Commit<KeyRingState, KeyRingEvent>) : undefined
}

function revocation({ data }: StoredMessage) {
  return revocationSchema.safeParse(data).data
}

function asConsumer({ stream, name }: (typeof durables)[keyof typeof durables]) {
  return { stream, name }
}
