/** What one user allows one client to do at one service, until he takes it back. */
import type { Decider } from '@gateway/kernel'
import { isLoopbackRedirect, isPrivateUseRedirect } from '@gateway/oauth'

export interface ConsentSubject {
  readonly sub: string
  readonly client_id: string
  readonly service: string
  readonly resource: string
}

export type ConsentEvent =
  | {
      readonly type: 'ConsentGranted'
      readonly subject: ConsentSubject
      readonly scopes: readonly string[]
      readonly at: number
    }
  | { readonly type: 'ConsentWithdrawn'; readonly subject: ConsentSubject; readonly at: number }

export type ConsentCommand =
  | {
      readonly type: 'GrantConsent'
      readonly subject: ConsentSubject
      readonly scopes: readonly string[]
      readonly at: number
    }
  | { readonly type: 'WithdrawConsent'; readonly at: number }

export type Consent =
  | { readonly status: 'absent' }
  | {
      readonly status: 'granted'
      readonly subject: ConsentSubject
      /** Everything that the user has said yes to since he last took it back. */
      readonly scopes: readonly string[]
      /** Milliseconds since the epoch: the first and the newest yes. */
      readonly granted_at: number
      readonly renewed_at: number
    }
  | { readonly status: 'withdrawn'; readonly subject: ConsentSubject; readonly withdrawn_at: number }

/** The aggregate's id. A JSON array, so that no two triples read alike. */
export function consentIdOf({ sub, client_id, resource }: Omit<ConsentSubject, 'service'>): string {
  return JSON.stringify([sub, client_id, resource])
}

export const consent: Decider<Consent, ConsentCommand, ConsentEvent> = {
  initial: { status: 'absent' },

  evolve(state, event) {
    if (event.type === 'ConsentWithdrawn') {
      return { status: 'withdrawn', subject: event.subject, withdrawn_at: event.at }
    }
    const before = state.status === 'granted' ? state : undefined
    return {
      status: 'granted',
      subject: event.subject,
      scopes: [...new Set([...(before?.scopes ?? []), ...event.scopes])],
      granted_at: before?.granted_at ?? event.at,
      renewed_at: event.at,
    }
  },

  decide(state, command) {
    switch (command.type) {
      // Each yes is a fact, a repeated one too: it was asked for and given.
      case 'GrantConsent':
        return [{ type: 'ConsentGranted', subject: command.subject, scopes: command.scopes, at: command.at }]
      case 'WithdrawConsent':
        return state.status === 'granted' ? [{ type: 'ConsentWithdrawn', subject: state.subject, at: command.at }] : []
    }
  },
}

/** How somebody who is signed in comes to an authorization request. */
export interface Way {
  /** Whether the operator lets an earlier yes stand for a new one. */
  readonly remember: boolean
  readonly prompts: readonly string[]
  readonly byOneself: boolean
  readonly redirect_uri: string
}

/**
 * Whether an earlier yes may stand for a new one (advisory: remembered consent ridden), or why somebody must be asked, as
 * OpenID Connect Core §3.1.2.6 calls it. Never for what is no web site: anything on a device can claim its redirect URI
 * (RFC 8252 §8.6).
 */
export function standing(
  state: Consent,
  scopes: readonly string[],
  { remember, prompts, byOneself, redirect_uri }: Way,
): 'stands' | 'consent_required' | 'interaction_required' {
  const covers = state.status === 'granted' && scopes.every((scope) => state.scopes.includes(scope))
  if (!remember || !covers || prompts.includes('consent')) return 'consent_required'
  const device = isLoopbackRedirect(redirect_uri) || isPrivateUseRedirect(redirect_uri)
  return byOneself && !device ? 'stands' : 'interaction_required'
}
