/** A refresh (RFC 6749 §6), idempotent within the grace window: parallel refreshes and lost answers are harmless (pain-1). */
import { call, type Decided, handle, load, type RequestContext } from '@gateway/bus'
import { checkUser, type RefreshTokenInput, type TokenAnswer, type TokenFamilyState } from '@gateway/contracts'
import { assertInTime, type IssuerDeps, livesOf, tokenFamilies } from '../deps.ts'
import { readRefreshToken } from '../domain/refresh-token.ts'
import {
  type ActiveFamily,
  judgeRefresh,
  narrowedScopes,
  type RefreshFamily,
  type TokenFamilyEvent,
} from '../domain/token-family.ts'
import { userCheckOf } from '../domain/user-check.ts'
import { refuse } from '../refusals.ts'
import { mintAnswer } from '../token-answer.ts'
import { publishRevokedFamily } from './revocation.ts'

/** Whatever is asked of others is asked before the rotation, so that an outage (503) costs the client nothing. */
export async function refresh(
  deps: IssuerDeps,
  input: RefreshTokenInput,
  context: RequestContext,
): Promise<TokenAnswer> {
  const { bus, clock } = deps
  const presented = readRefreshToken(deps.keyring, input.refresh_token)
  if (!presented) throw refuse('refresh_token_invalid', { why: 'malformed, or not made here' })
  // Judged twice as of when it was asked: however long the questions take, and whichever replica was asked before this one,
  // the grace window does not close meanwhile.
  const command = toCommand(deps, input, presented.generation, context.askedAt ?? clock())
  const loaded = await load(bus, tokenFamilies, presented.family)
  const { outcome, family } = judgeRefresh(loaded.state, command)
  if (outcome === 'reuse') await settle(deps, family, command, context)

  const [{ profile, groups }, signer] = await Promise.all([
    call(bus, checkUser, { ...userCheckOf(family), refreshing: true }, { ...context, now: clock() }),
    deps.keys.signer('access-token'),
  ])
  assertInTime(clock, context.deadline)
  const current = await settle(deps, family, command, context)
  const access = { ...current, scopes: narrowedScopes(current.scopes, input.scopes) }
  return mintAnswer(deps, signer, { access, generation: current.generation, profile, groups, askedAt: command.at })
}

/**
 * Decides for good. A reuse is a fact before it is a refusal.
 * @throws Refusal
 */
async function settle(
  deps: IssuerDeps,
  seen: ActiveFamily,
  command: RefreshFamily,
  context: RequestContext,
): Promise<ActiveFamily> {
  const decision = { requestId: context.requestId, actor: `client:${command.client_id}`, at: command.at }
  const decided = await handle(deps.bus, tokenFamilies, seen.family, command, decision)
  if (decided.state.status === 'active') {
    report(deps, seen, decided.state, command, decided, context)
    return decided.state
  }
  await publishRevokedFamily(deps.bus, decided.state)
  throw refuse('refresh_token_reused', { family: seen.family, generation: command.generation })
}

/** What no fact tells: an answer given again, and a generation whose fact was lost. */
function report(
  { audit, log }: IssuerDeps,
  seen: ActiveFamily,
  current: ActiveFamily,
  { generation }: RefreshFamily,
  { events, repeated }: Decided<TokenFamilyState, TokenFamilyEvent>,
  { requestId }: RequestContext,
): void {
  const { sub, client_id, family, resource } = current
  const who = { sub, client_id, family, actor: `client:${client_id}`, request_id: requestId }
  if (events.length === 0) {
    audit.record('audit.token.refreshed', { decision: 'allowed', reason: 'repeated', resource, ...who })
  } else if (!repeated && generation > seen.generation) {
    log.warn({ family, known: seen.generation, presented: generation }, 'facts of a token family were lost')
    audit.record('audit.gap.commits-missed', { decision: 'recorded', reason: 'refresh_token_ahead_of_family', ...who })
  }
}

function toCommand(
  { tokens }: IssuerDeps,
  { client_id, scopes, resource }: RefreshTokenInput,
  generation: number,
  at: number,
): RefreshFamily {
  return { type: 'RefreshFamily', client_id, generation, scopes, resource, lives: livesOf(tokens), at }
}
