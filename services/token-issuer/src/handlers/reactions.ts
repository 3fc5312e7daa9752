/**
 * What this service does about facts, its own and others', at least once each. Judged by the state after a commit, since
 * streams keep only the last ones, and told again it is the same message.
 */
import { isCommit, type StoredMessage } from '@gateway/bus'
import { clientStateSchema, identityCommitSchema, tokenFamilyStateSchema, UPSTREAM_MS } from '@gateway/contracts'
import type { IssuerDeps } from '../deps.ts'
import { publishRevokedClient, publishRevokedFamily, publishRevokedUser } from './revocation.ts'

/** True: done. False: the fact is of no shape that we know, and no retry would make it readable. */
export type Reaction = (deps: IssuerDeps, message: StoredMessage) => Promise<boolean>

/** A family's end reaches the proxies even if the replica that decided it died before it could tell them. */
export const tellRevokedFamily: Reaction = async ({ bus }, { data }) => {
  const state = isCommit(data) ? tokenFamilyStateSchema.safeParse(data.state) : undefined
  if (!state?.success) return false
  await publishRevokedFamily(bus, state.data)
  return true
}

export const indexFamily: Reaction = async ({ families }, { data }) => {
  const state = isCommit(data) ? tokenFamilyStateSchema.safeParse(data.state) : undefined
  if (!isCommit(data) || !state?.success) return false
  await families.project(state.data, data.version)
  return true
}

/**
 * Whoever was authenticated before the deletion may still be waiting for a token, for as long as a request may take; so
 * what is issued until then ends too.
 */
export const tellDeletedClient: Reaction = async (deps, { data }) => {
  const state = isCommit(data) ? clientStateSchema.safeParse(data.state).data : undefined
  if (!isCommit(data) || state === undefined) return false
  if (state.status !== 'deleted') return true
  const { client_id, deleted_at: at } = state
  const before = at + UPSTREAM_MS
  if (mayConcern(deps, before)) await publishRevokedClient(deps.bus, client_id, { at, before, actor: data.actor })
  return true
}

/** Blocked, erased, or told to sign in again: the identity's state says since when. */
export const tellEndedSignIns: Reaction = async (deps, { data }) => {
  const commit = isCommit(data) ? identityCommitSchema.safeParse(data) : undefined
  if (!isCommit(data) || !commit?.success) return false
  const { state, events } = commit.data
  const before = state.signInRequiredSince
  if (before === undefined || !mayConcern(deps, before)) return true
  await publishRevokedUser(deps.bus, events[0].sub, { at: before, before, actor: data.actor })
  return true
}

/** Clocks of two machines differ. */
const CLOCK_SLACK_MS = 60_000

/** Later commits repeat what ended long ago: nothing from before that is alive any more. */
function mayConcern({ clock, tokens }: IssuerDeps, before: number): boolean {
  return clock() <= before + tokens.access_ttl_seconds * 1000 + CLOCK_SLACK_MS
}
