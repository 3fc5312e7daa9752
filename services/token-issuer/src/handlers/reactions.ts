/**
 * What this service does about facts, its own and others', at least once each. Judged by the state after a commit, since
 * streams keep only the last ones; told again it is the same message.
 */
import type { StoredMessage } from '@gateway/bus'
import { UPSTREAM_MS } from '@gateway/contracts'
import type { IssuerDeps } from '../deps.ts'
import { accessRulesCommit, clientCommit, identityCommit, tokenFamilyCommit } from '../facts.ts'
import { publishRevokedClient, publishRevokedFamily, publishRevokedUser, publishTightenedRule } from './revocation.ts'

/** @throws UnreadableFact, Unavailable */
export type Reaction = (deps: IssuerDeps, message: StoredMessage) => Promise<void>

/** A family's end reaches the proxies even if the replica that decided it died before it could tell them. */
export const tellRevokedFamily: Reaction = async ({ bus }, message) => {
  await publishRevokedFamily(bus, tokenFamilyCommit(message).state)
}

export const indexFamily: Reaction = async ({ families }, message) => {
  const { state, version } = tokenFamilyCommit(message)
  await families.project(state, version)
}

/**
 * Whoever was authenticated before the deletion may still be waiting for a token, for as long as a request may take; so
 * what is issued until then ends too.
 */
export const tellDeletedClient: Reaction = async (deps, message) => {
  const { state, actor } = clientCommit(message)
  if (state.status !== 'deleted') return
  const { client_id, deleted_at: at } = state
  const before = at + UPSTREAM_MS
  if (mayConcern(deps, before)) await publishRevokedClient(deps.bus, client_id, { at, before, actor })
}

/** Blocked, erased, or told to sign in again: the identity's state says since when. */
export const tellEndedSignIns: Reaction = async (deps, message) => {
  const { sub, before, actor } = identityCommit(message)
  if (before === undefined || !mayConcern(deps, before)) return
  await publishRevokedUser(deps.bus, sub, { at: before, before, actor })
}

/** Every service whose access rules became tighter, each since its own time: "all of them" is told as each. */
export const tellTightenedRules: Reaction = async (deps, message) => {
  const { state, actor } = accessRulesCommit(message)
  for (const [service, before] of Object.entries(state.tightened)) {
    if (mayConcern(deps, before)) await publishTightenedRule(deps.bus, service, { at: before, before, actor })
  }
}

/** Clocks of two machines differ. */
const CLOCK_SLACK_MS = 60_000

/** Later commits repeat what ended long ago: nothing from before that is alive any more. */
function mayConcern({ clock, tokens }: IssuerDeps, before: number): boolean {
  return clock() <= before + tokens.access_ttl_seconds * 1000 + CLOCK_SLACK_MS
}
