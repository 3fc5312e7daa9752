/**
 * One sign-in at the identity provider, as the first thing that became of it. Its id is the random `state` of the request;
 * a login that succeeded is over, so a callback is good for one session.
 */
import { type Decider, Refusal } from '@gateway/kernel'
import type { Denial } from './access.ts'

/** Why a login failed: stable codes for audit, never the provider's own words. */
export type FailureReason =
  /** The person declined. */
  | 'denied'
  /** The provider answered with another error. */
  | 'provider_error'
  /** The provider does not take the code: used before, or too old. */
  | 'code_refused'
  /** The provider does not take the access token that it has just given. */
  | 'token_refused'
  /** Its answer does not check out: signature, issuer, audience, nonce, subject, shape. */
  | 'answer_invalid'
  /** The provider names no id. */
  | 'no_id'
  | 'user_blocked'
  /** The access rules keep the person out. */
  | 'user_denied'

export type LoginEvent =
  | { readonly type: 'LoginSucceeded'; readonly provider: string; readonly sub: string; readonly at: number }
  | {
      readonly type: 'LoginFailed'
      readonly provider: string
      readonly reason: FailureReason
      readonly sub?: string | undefined
      /** Of `user_denied`. */
      readonly rule?: Denial | undefined
      readonly at: number
    }

export type LoginCommand =
  | { readonly type: 'RecordSuccess'; readonly provider: string; readonly sub: string; readonly at: number }
  | {
      readonly type: 'RecordFailure'
      readonly provider: string
      readonly reason: FailureReason
      readonly sub?: string | undefined
      readonly rule?: Denial | undefined
      readonly at: number
    }

export type Login =
  | { readonly status: 'absent' }
  | { readonly status: 'succeeded'; readonly sub: string }
  | { readonly status: 'failed'; readonly reason: FailureReason }

export const login: Decider<Login, LoginCommand, LoginEvent> = {
  initial: { status: 'absent' },

  evolve(_, event) {
    switch (event.type) {
      case 'LoginSucceeded':
        return { status: 'succeeded', sub: event.sub }
      case 'LoginFailed':
        return { status: 'failed', reason: event.reason }
    }
  },

  decide(state, command) {
    assertOpen(state)
    switch (command.type) {
      case 'RecordSuccess':
        return [{ ...command, type: 'LoginSucceeded' }]
      case 'RecordFailure':
        return state.status === 'failed' ? [] : [{ ...command, type: 'LoginFailed' }]
    }
  },
}

/**
 * A browser may send the same callback twice at once. The provider takes the code once, and the request whose code it refused
 * may be the first to record what became of it; that must not undo the other, which has just signed the person in. Every
 * other outcome is final.
 * @throws Refusal `login_repeated`
 */
export function assertOpen(state: Login): void {
  const open = state.status === 'absent' || (state.status === 'failed' && state.reason === 'code_refused')
  if (!open) throw new Refusal('login_repeated')
}
