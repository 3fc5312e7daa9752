/**
 * A token family: one grant of one user to one client for one resource, and the lineage of its refresh tokens
 * (RFC 6749 §6; OAuth 2.1 §4.3.1, rotation).
 *
 * Of a lineage exactly one generation is current. A superseded one is answered again for a short while, since clients
 * refresh from several tabs and lose answers (pain-1); after that it can only be a copy in other hands, and the family dies.
 *
 * Pure: times, lives and ids arrive inside the command.
 */
import type { TokenFamilyState } from '@gateway/contracts'
import type { Decider } from '@gateway/kernel'
import { canonicalResource } from '@gateway/oauth'
import { refuse } from '../refusals.ts'

export type ActiveFamily = Extract<TokenFamilyState, { status: 'active' }>
type RevocationReason = Extract<TokenFamilyState, { status: 'revoked' }>['reason']

/** What a redeemed code grants. */
export interface Grant {
  readonly family: string
  readonly sub: string
  readonly client_id: string
  readonly resource: string
  readonly scopes: readonly string[]
  /** Seconds since the epoch, as on the wire. */
  readonly auth_time: number
  readonly refreshable: boolean
}

export type TokenFamilyEvent =
  /** `started_by` is missing in events from before it was recorded. */
  | ({ readonly type: 'FamilyStarted'; readonly started_by?: string; readonly at: number } & Grant)
  /** `generation` is the new one; what it supersedes is answered until `superseded_until`. */
  | {
      readonly type: 'TokenRotated'
      readonly generation: number
      readonly superseded_until: number
      readonly at: number
    }
  | { readonly type: 'FamilyRevoked'; readonly reason: RevocationReason; readonly at: number }

/** Judged at each refresh, so that an operator who shortens a life shortens it for the families that exist. */
export interface FamilyLives {
  readonly graceMs: number
  /** Since the last rotation. */
  readonly idleMs: number
  /** Since the start, whatever happens. */
  readonly maxMs: number
}

export interface RefreshFamily {
  readonly type: 'RefreshFamily'
  readonly client_id: string
  readonly generation: number
  readonly scopes?: readonly string[] | undefined
  readonly resource?: string | undefined
  readonly lives: FamilyLives
  readonly at: number
}

export type TokenFamilyCommand =
  /** `started_by`: the request. Asked again by the same one it is no replay, whatever has happened to the family since. */
  | ({ readonly type: 'StartFamily'; readonly started_by: string; readonly at: number } & Grant)
  | RefreshFamily
  /** Another client's family is left alone (RFC 7009 §2.1). */
  | {
      readonly type: 'RevokeFamily'
      readonly client_id: string
      readonly reason: RevocationReason
      readonly at: number
    }
  | EndFamily

/** Another user's family is left alone; an operator may end any. */
export type EndFamily = { readonly type: 'EndFamily'; readonly at: number } & (
  | { readonly reason: 'user_request'; readonly sub: string }
  | { readonly reason: 'operator_request' }
)

export const tokenFamily: Decider<TokenFamilyState, TokenFamilyCommand, TokenFamilyEvent> = {
  initial: { status: 'absent' },

  evolve(state, event) {
    switch (event.type) {
      case 'FamilyStarted':
        return started(event)
      case 'TokenRotated':
        return state.status === 'active' ? rotated(state, event) : state
      case 'FamilyRevoked':
        return state.status === 'active' ? revoked(state, event) : state
    }
  },

  decide(state, command) {
    switch (command.type) {
      case 'StartFamily': {
        if (state.status === 'absent') return [{ ...command, type: 'FamilyStarted' }]
        if (state.started_by === command.started_by) return []
        // RFC 6749 §4.1.2: a code used more than once; the tokens that it gave are revoked.
        return state.status === 'active' ? [{ type: 'FamilyRevoked', reason: 'code_replayed', at: command.at }] : []
      }
      case 'RefreshFamily':
        return refresh(state, command)
      case 'RevokeFamily':
        if (state.status !== 'active' || state.client_id !== command.client_id) return []
        return [{ type: 'FamilyRevoked', reason: command.reason, at: command.at }]
      case 'EndFamily':
        if (state.status !== 'active' || !mayEnd(state, command)) return []
        return [{ type: 'FamilyRevoked', reason: command.reason, at: command.at }]
    }
  },
}

function mayEnd(state: ActiveFamily, command: EndFamily): boolean {
  return command.reason === 'operator_request' || command.sub === state.sub
}

/** When a family that is not refreshed any more stops being refreshable. Milliseconds since the epoch. */
export function endOf(state: ActiveFamily, lives: FamilyLives): number {
  return Math.min(state.refreshed_at + lives.idleMs, state.started_at + lives.maxMs)
}

function started(event: Extract<TokenFamilyEvent, { type: 'FamilyStarted' }>): ActiveFamily {
  const { family, started_by = null, sub, client_id, resource, scopes, auth_time, refreshable, at } = event
  return {
    status: 'active',
    family,
    started_by,
    sub,
    client_id,
    resource,
    scopes: [...scopes],
    auth_time,
    refreshable,
    started_at: at,
    refreshed_at: at,
    generation: 0,
    superseded: [],
  }
}

function rotated(state: ActiveFamily, event: Extract<TokenFamilyEvent, { type: 'TokenRotated' }>): ActiveFamily {
  const kept = state.superseded.filter((range) => range.until >= event.at)
  const last = kept.at(-1)
  const range = {
    from: state.generation,
    through: event.generation - 1,
    until: Math.max(event.superseded_until, last?.until ?? 0),
  }
  const superseded =
    last?.until === range.until ? [...kept.slice(0, -1), { ...range, from: last.from }] : [...kept, range]
  return { ...state, generation: event.generation, refreshed_at: event.at, superseded }
}

function revoked(state: ActiveFamily, event: Extract<TokenFamilyEvent, { type: 'FamilyRevoked' }>): TokenFamilyState {
  const { family, started_by, sub, client_id, resource, started_at } = state
  return {
    status: 'revoked',
    family,
    started_by,
    sub,
    client_id,
    resource,
    started_at,
    revoked_at: event.at,
    reason: event.reason,
  }
}

export interface RefreshVerdict {
  readonly outcome: 'rotate' | 'repeat' | 'reuse'
  readonly family: ActiveFamily
}

/**
 * What a refresh amounts to, before anything is asked of others or spent. A reuse is judged before scope and resource: a
 * thief learns nothing from what he asks for.
 * @throws Refusal
 */
export function judgeRefresh(state: TokenFamilyState, command: RefreshFamily): RefreshVerdict {
  if (state.status === 'absent') throw refuse('refresh_token_invalid', { why: 'unknown family' })
  // Before anything that would change state (advisory: wrong client).
  if (state.client_id !== command.client_id) throw refuse('refresh_token_invalid', { why: 'another client' })
  if (state.status === 'revoked') throw refuse('family_revoked', { reason: state.reason })
  if (!state.refreshable) throw refuse('refresh_token_invalid', { why: 'not refreshable' })
  const { at, lives, generation } = command
  if (at >= endOf(state, lives)) throw refuse('refresh_token_expired')
  const superseded = generation < state.generation
  if (superseded && answeredUntil(state, generation) < at) return { outcome: 'reuse', family: state }
  narrowedScopes(state.scopes, command.scopes)
  // RFC 8707 §2.2: a refresh gives nothing for a resource that was not granted (original-4).
  if (command.resource !== undefined && canonicalResource(command.resource) !== state.resource) {
    throw refuse('resource_mismatch')
  }
  return { outcome: superseded ? 'repeat' : 'rotate', family: state }
}

/** Until when a generation is answered, in milliseconds since the epoch: its range of superseded ones says, if any is left. */
export function answeredUntil(state: ActiveFamily, generation: number): number {
  if (generation >= state.generation) return Number.POSITIVE_INFINITY
  const range = state.superseded.find(({ from, through }) => from <= generation && generation <= through)
  return range?.until ?? Number.NEGATIVE_INFINITY
}

/**
 * RFC 6749 §6: the scopes asked for must not exceed the grant; none asked for means all of it. Only this access token is
 * narrower, the grant stays what it is.
 * @throws Refusal `scope_widened`
 */
export function narrowedScopes(granted: readonly string[], requested: readonly string[] = []): readonly string[] {
  if (requested.length === 0) return granted
  if (requested.some((scope) => !granted.includes(scope))) throw refuse('scope_widened')
  return granted.filter((scope) => requested.includes(scope))
}

/**
 * A generation newer than the state has a valid MAC, so it was issued: its fact was lost (a power cut), and it is taken
 * for current. The next one is counted from it.
 */
function refresh(state: TokenFamilyState, command: RefreshFamily): readonly TokenFamilyEvent[] {
  const { at, generation, lives } = command
  switch (judgeRefresh(state, command).outcome) {
    case 'rotate':
      return [
        { type: 'TokenRotated', generation: generation + 1, superseded_until: wholeSecond(at + lives.graceMs), at },
      ]
    case 'repeat':
      return []
    case 'reuse':
      return [{ type: 'FamilyRevoked', reason: 'refresh_token_reused', at }]
  }
}

/** Rounded up, so that a client which rotates in a loop leaves one range a second and the state stays small. */
function wholeSecond(ms: number): number {
  return Math.ceil(ms / 1000) * 1000
}
