/**
 * States of token families that earlier versions wrote, made current. The stream keeps the last commits of a family alone, so
 * they cannot be folded again from their events.
 *
 * Version 2 knows which request started a family (`started_by`): asked again, after its replica died or froze with it, that
 * request is no second redemption, also when the client has rotated its token meanwhile.
 */
import { type Commit, requestIdOf, UnreadableFact } from '@gateway/bus'
import type { TokenFamilyState } from '@gateway/contracts'

export const FAMILY_STATE_VERSION = 2

type WithoutStarter<State> = State extends { readonly started_by: unknown } ? Omit<State, 'started_by'> : State
export type TokenFamilyStateV1 = WithoutStarter<TokenFamilyState>

/** A family's first commit is that of the request that started it; later ones do not tell. @throws UnreadableFact */
export function upcastTokenFamily(commit: Commit): TokenFamilyState {
  if (commit.stateVersion !== 1) throw new UnreadableFact(`state version ${commit.stateVersion} of a token family`)
  const state = commit.state as TokenFamilyStateV1
  if (state.status === 'absent') return state
  return { ...state, started_by: commit.version === 1 ? requestIdOf(commit) : null }
}
