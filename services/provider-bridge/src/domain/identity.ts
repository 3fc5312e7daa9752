/**
 * A person as the gateway knows one: that there is an account, and whether it may be used. Of the person only `sub` is
 * recorded (it is the aggregate's id); e-mail, name and avatar lie sealed in the store and can be erased.
 */
import { type Decider, Refusal } from '@gateway/kernel'

export type IdentityEvent = { readonly sub: string; readonly at: number } & (
  | { readonly type: 'IdentitySeen' }
  /** A counter and nothing of the profile: a digest of a name or an address can be guessed. */
  | { readonly type: 'ProfileChanged'; readonly revision: number }
  /** `cause`: `provider` when the person is not known there any more; absent: an operator's wish. */
  | { readonly type: 'SignInRequired'; readonly cause?: 'provider' | undefined }
  | { readonly type: 'IdentityBlocked' }
  | { readonly type: 'IdentityUnblocked' }
  | { readonly type: 'IdentityErased' }
)

export type IdentityCommand = {
  readonly sub: string
  readonly at: number
} /** A sign-in succeeded; `profileChanged` compares with the profile that was held before. */ & (
  | { readonly type: 'RecordSignIn'; readonly profileChanged: boolean }
  /** The provider says something else of a person who has signed in before. */
  | { readonly type: 'RecordProfile' }
  /** What was issued for sign-ins before `at` is not renewed any more. */
  | { readonly type: 'RequireSignIn'; readonly cause?: 'provider' | undefined }
  | { readonly type: 'BlockIdentity' }
  | { readonly type: 'UnblockIdentity' }
  /** Follows the deletion of what the store holds. */
  | { readonly type: 'EraseIdentity' }
)

export interface Identity {
  /** `erased` and `absent` people may come back and are then seen for the first time. */
  readonly status: 'absent' | 'active' | 'erased'
  /** Counts the profiles held so far. */
  readonly revision: number
  readonly blocked: boolean
  /** Milliseconds since the epoch. */
  readonly signInRequiredSince?: number | undefined
}

export const identity: Decider<Identity, IdentityCommand, IdentityEvent> = {
  initial: { status: 'absent', revision: 0, blocked: false },

  evolve(state, event) {
    switch (event.type) {
      case 'IdentitySeen':
        return { ...state, status: 'active', revision: state.revision + 1 }
      case 'ProfileChanged':
        return { ...state, revision: event.revision }
      case 'SignInRequired':
        return { ...state, signInRequiredSince: event.at }
      case 'IdentityBlocked':
        return { ...state, blocked: true, signInRequiredSince: event.at }
      case 'IdentityUnblocked':
        return { ...state, blocked: false }
      case 'IdentityErased':
        return { ...state, status: 'erased', signInRequiredSince: event.at }
    }
  },

  decide(state, command) {
    const { sub, at } = command
    switch (command.type) {
      case 'RecordSignIn':
        if (state.blocked) throw new Refusal('user_blocked')
        if (state.status !== 'active') return [{ type: 'IdentitySeen', sub, at }]
        return command.profileChanged ? [{ type: 'ProfileChanged', revision: state.revision + 1, sub, at }] : []
      case 'RecordProfile':
        return state.status === 'active' ? [{ type: 'ProfileChanged', revision: state.revision + 1, sub, at }] : []
      case 'RequireSignIn': {
        const cause = command.cause === undefined ? {} : { cause: command.cause }
        return (state.signInRequiredSince ?? 0) >= at ? [] : [{ type: 'SignInRequired', ...cause, sub, at }]
      }
      case 'BlockIdentity':
        return state.blocked ? [] : [{ type: 'IdentityBlocked', sub, at }]
      case 'UnblockIdentity':
        return state.blocked ? [{ type: 'IdentityUnblocked', sub, at }] : []
      case 'EraseIdentity':
        return state.status === 'active' ? [{ type: 'IdentityErased', sub, at }] : []
    }
  },
}

/**
 * Whether what was issued for a sign-in at `since` (seconds since the epoch) may be renewed.
 *
 * Sign-ins are recorded in whole seconds, so one in the same second as the requirement counts as before it: rather one
 * sign-in too many than a session that outlives its end.
 * @throws Refusal `user_blocked`, `sign_in_required`
 */
export function assertUsable(state: Identity, since: number): void {
  if (state.blocked) throw new Refusal('user_blocked')
  if (state.signInRequiredSince !== undefined && since * 1000 < state.signInRequiredSince) {
    throw new Refusal('sign_in_required')
  }
}
