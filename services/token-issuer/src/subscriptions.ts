/** Subject → shape → handler: the operations that are served, and what this service does about facts. */
import { type RequestContext, type Subscription, serve } from '@gateway/bus'
import {
  assertionKey,
  type DurableSpec,
  durables,
  introspectToken,
  issueClientToken,
  issueToken,
  jwks,
  listFamilies,
  listKeys,
  refreshToken,
  retireKey,
  revokeFamily,
  revokeToken,
  rotateKey,
} from '@gateway/contracts'
import type { Operation } from '@gateway/kernel'
import { auditFacts } from '@gateway/service'
import type { IssuerDeps } from './deps.ts'
import { keyRingAudit, revocationAudit, tokenFamilyAudit } from './domain/audit-events.ts'
import { keyRingCommit, revocation, tokenFamilyCommit } from './facts.ts'
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
  tellTightenedRules,
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
    react(deps, durables.changedRules, tellTightenedRules),
    auditFacts(facts, durables.auditKeys, (message) => keyRingAudit(keyRingCommit(message))),
    auditFacts(facts, durables.auditTokenFamilies, (message) => tokenFamilyAudit(tokenFamilyCommit(message))),
    auditFacts(facts, durables.auditRevocations, (message) => revocationAudit(revocation(message))),
  ])
}

function react(deps: IssuerDeps, { stream, name }: DurableSpec, reaction: Reaction): Promise<Subscription> {
  return deps.bus.consume({ stream, name }, (message) => reaction(deps, message))
}
