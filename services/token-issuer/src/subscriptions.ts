/** Subject → shape → handler: the operations that are served, and what this service does about facts. */
import { type Commit, isCommit, type RequestContext, type StoredMessage, type Subscription, serve } from '@gateway/bus'
import {
  type AuditEvent,
  assertionKey,
  type DurableSpec,
  durables,
  introspectToken,
  issueClientToken,
  issueToken,
  jwks,
  type KeyRingState,
  keyRingStateSchema,
  listFamilies,
  listKeys,
  refreshToken,
  retireKey,
  revocationSchema,
  revokeFamily,
  revokeToken,
  rotateKey,
  type TokenFamilyState,
  tokenFamilyStateSchema,
} from '@gateway/contracts'
import type { Operation } from '@gateway/kernel'
import { auditFacts } from '@gateway/service'
import type { IssuerDeps } from './deps.ts'
import { keyRingAudit, revocationAudit, tokenFamilyAudit } from './domain/audit-events.ts'
import type { KeyRingEvent } from './domain/key-ring.ts'
import type { TokenFamilyEvent } from './domain/token-family.ts'
import { handOutAssertionKey } from './handlers/assertion-key.ts'
import { introspect } from './handlers/introspect-token.ts'
import { issueToClient } from './handlers/issue-client-token.ts'
import { issue } from './handlers/issue-token.ts'
import { listFamiliesOf } from './handlers/list-families.ts'
import {
  indexFamily,
  type Reaction,
  tellDeletedClient,
  tellEndedSignIns,
  tellRevokedFamily,
} from './handlers/reactions.ts'
import { refresh } from './handlers/refresh-token.ts'
import { revokeFamilyOf } from './handlers/revoke-family.ts'
import { revoke } from './handlers/revoke-token.ts'

export const SERVICE = 'token-issuer'

export function serveOperations(deps: IssuerDeps): Promise<Subscription[]> {
  const { bus, clock, keys } = deps
  const answer = <Input, Output>(
    operation: Operation<Input, Output>,
    handler: (deps: IssuerDeps, input: Input, context: RequestContext) => Promise<Output>,
  ) => serve(bus, operation, clock, (input, context) => handler(deps, input, context))
  const byOperator = ({ requestId }: RequestContext) => ({ requestId, actor: 'operator' })
  return Promise.all([
    answer(issueToken, issue),
    answer(issueClientToken, issueToClient),
    answer(refreshToken, refresh),
    answer(revokeToken, revoke),
    answer(introspectToken, introspect),
    answer(listFamilies, listFamiliesOf),
    answer(revokeFamily, revokeFamilyOf),
    answer(jwks, (_, { ring }) => keys.jwks(ring)),
    answer(assertionKey, handOutAssertionKey),
    answer(listKeys, async () => ({ keys: await keys.list() })),
    answer(rotateKey, (_, { ring }, context) => keys.rotate(ring, byOperator(context))),
    answer(retireKey, (_, { kid }, context) => keys.revoke(kid, byOperator(context))),
  ])
}

export function reactToFacts(deps: IssuerDeps): Promise<Subscription[]> {
  const facts = { service: SERVICE, bus: deps.bus }
  return Promise.all([
    react(deps, durables.revokedFamilies, tellRevokedFamily),
    react(deps, durables.familiesByUser, indexFamily),
    react(deps, durables.deletedClients, tellDeletedClient),
    react(deps, durables.endedSignIns, tellEndedSignIns),
    auditFacts(facts, durables.auditKeys, (message) => readable(deps, message, keyRingCommit, keyRingAudit)),
    auditFacts(facts, durables.auditTokenFamilies, (message) =>
      readable(deps, message, tokenFamilyCommit, tokenFamilyAudit),
    ),
    auditFacts(facts, durables.auditRevocations, (message) => readable(deps, message, revocation, revocationAudit)),
  ])
}

function react(deps: IssuerDeps, { stream, name }: DurableSpec, reaction: Reaction): Promise<Subscription> {
  return deps.bus.consume({ stream, name }, async (message) => {
    if (!(await reaction(deps, message))) reportUnreadable(deps, message)
  })
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
