/**
 * One authorization: a user who signed in, the code that a client got for it, and what became of that code
 * (RFC 6749 §4.1, RFC 7636). It begins with the sign-in: nothing is recorded of whoever has not signed in.
 *
 * The code itself is in no fact; it is derived from the authorization's id (`code.ts`).
 */
import { type Decider, Refusal } from '@gateway/kernel'
import { canonicalResource, verifyS256 } from '@gateway/oauth'

/** What the code stands for, and what its redemption must match. */
export interface Grant {
  readonly sub: string
  readonly client_id: string
  /** As the client wrote it in this request, port included. */
  readonly redirect_uri: string
  /** RFC 7636 §4.2, method S256. */
  readonly code_challenge: string
  readonly service: string
  readonly resource: string
  readonly scopes: readonly string[]
  /** OpenID Connect Core §3.1.2.1 */
  readonly nonce?: string | undefined
  /** When the user signed in at the identity provider, seconds since the epoch. */
  readonly auth_time: number
}

export type AuthorizationEvent =
  | { readonly type: 'UserAuthenticated'; readonly sub: string; readonly auth_time: number; readonly at: number }
  | { readonly type: 'CodeIssued'; readonly grant: Grant; readonly expires_at: number; readonly at: number }
  | { readonly type: 'CodeRedeemed'; readonly family: string; readonly at: number }
  | { readonly type: 'CodeReplayed'; readonly family: string; readonly at: number }

/** Times in milliseconds since the epoch. */
export type AuthorizationCommand =
  | { readonly type: 'IssueCode'; readonly grant: Grant; readonly at: number; readonly ttlMs: number }
  | { readonly type: 'RecordRedemption'; readonly family: string; readonly at: number }
  | { readonly type: 'RecordReplay'; readonly family: string; readonly at: number }

export type Authorization =
  | { readonly status: 'absent' }
  | { readonly status: 'authenticated'; readonly sub: string; readonly auth_time: number }
  | { readonly status: 'issued' | 'redeemed' | 'replayed'; readonly grant: Grant; readonly expires_at: number }

export const authorization: Decider<Authorization, AuthorizationCommand, AuthorizationEvent> = {
  initial: { status: 'absent' },

  evolve(state, event) {
    switch (event.type) {
      case 'UserAuthenticated':
        return { status: 'authenticated', sub: event.sub, auth_time: event.auth_time }
      case 'CodeIssued':
        return { status: 'issued', grant: event.grant, expires_at: event.expires_at }
      case 'CodeRedeemed':
        // The loser of a race may have told of the replay before the winner told of the redemption.
        return 'grant' in state && state.status === 'issued' ? { ...state, status: 'redeemed' } : state
      case 'CodeReplayed':
        return 'grant' in state ? { ...state, status: 'replayed' } : state
    }
  },

  decide(state, command) {
    switch (command.type) {
      case 'IssueCode': {
        // The id derives from the login's state, so this is what makes a callback single-use (original-9).
        if (state.status !== 'absent') throw new Refusal('authorization_repeated')
        const { grant, at, ttlMs } = command
        return [
          { type: 'UserAuthenticated', sub: grant.sub, auth_time: grant.auth_time, at },
          { type: 'CodeIssued', grant, expires_at: at + ttlMs, at },
        ]
      }
      case 'RecordRedemption':
        if (!('grant' in state)) throw new Refusal('code_unknown')
        return state.status === 'redeemed' ? [] : [{ type: 'CodeRedeemed', family: command.family, at: command.at }]
      case 'RecordReplay':
        if (!('grant' in state)) throw new Refusal('code_unknown')
        return state.status === 'replayed' ? [] : [{ type: 'CodeReplayed', family: command.family, at: command.at }]
    }
  },
}

/** What a token request shows for a code. */
export interface Redemption {
  readonly client_id: string
  readonly redirect_uri?: string | undefined
  readonly code_verifier: string
  /** Canonical; absent: the one of the authorization request. */
  readonly resource?: string | undefined
  /** Milliseconds since the epoch. */
  readonly at: number
}

interface Check {
  readonly refusal: string
  fails(issued: { readonly grant: Grant; readonly expires_at: number }, shown: Redemption): boolean
}

/**
 * In this order, and none of them changes anything (advisory: code of client A burned by client B). What is absent of
 * `redirect_uri` is not held against the client: OAuth 2.1 §4.1.3 no longer sends it, since the verifier carries the proof.
 */
const CHECKS: readonly Check[] = [
  // RFC 6749 §4.1.3: issued to the authenticated client.
  { refusal: 'code_of_another_client', fails: ({ grant }, shown) => grant.client_id !== shown.client_id },
  // RFC 6749 §4.1.3: identical to the authorization request's.
  {
    refusal: 'code_redirect_uri_mismatch',
    fails: ({ grant }, shown) => shown.redirect_uri !== undefined && shown.redirect_uri !== grant.redirect_uri,
  },
  // RFC 7636 §4.6 (original-2)
  {
    refusal: 'code_verifier_mismatch',
    fails: ({ grant }, shown) => !verifyS256(shown.code_verifier, grant.code_challenge),
  },
  // RFC 6749 §4.1.2: short-lived.
  { refusal: 'code_expired', fails: ({ expires_at }, shown) => shown.at > expires_at },
  // RFC 8707 §2.2: only what the authorization was given for.
  {
    refusal: 'code_resource_mismatch',
    fails: ({ grant }, shown) => shown.resource !== undefined && shown.resource !== canonicalResource(grant.resource),
  },
]

/**
 * Whether a code may be handed to the token-issuer, whose append decides who redeems it. A redeemed one passes: whoever
 * shows everything right is told apart from the first by losing that append.
 * @throws Refusal the first check that fails, or `code_unknown`
 */
export function assertRedeemable(state: Authorization, shown: Redemption): Grant {
  if (!('grant' in state)) throw new Refusal('code_unknown')
  const failed = CHECKS.find((check) => check.fails(state, shown))
  if (failed) throw new Refusal(failed.refusal)
  return state.grant
}
