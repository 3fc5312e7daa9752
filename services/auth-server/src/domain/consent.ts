/** What one user allows one client to do at one service. */
import type { Decider } from '@gateway/kernel'

export interface ConsentSubject {
  readonly sub: string
  readonly client_id: string
  readonly service: string
  readonly resource: string
}

export type ConsentEvent = {
  readonly type: 'ConsentGranted'
  readonly subject: ConsentSubject
  readonly scopes: readonly string[]
  readonly at: number
}

export type ConsentCommand = {
  readonly type: 'GrantConsent'
  readonly subject: ConsentSubject
  readonly scopes: readonly string[]
  readonly at: number
}

export type Consent =
  | { readonly status: 'absent' }
  | {
      readonly status: 'granted'
      readonly subject: ConsentSubject
      /** Everything that the user ever said yes to. */
      readonly scopes: readonly string[]
      /** Milliseconds since the epoch: the first and the newest yes. */
      readonly granted_at: number
      readonly renewed_at: number
    }

/** The aggregate's id. A JSON array, so that no two triples read alike. */
export function consentIdOf({ sub, client_id, resource }: ConsentSubject): string {
  return JSON.stringify([sub, client_id, resource])
}

export const consent: Decider<Consent, ConsentCommand, ConsentEvent> = {
  initial: { status: 'absent' },

  evolve(state, event) {
    const before = state.status === 'granted' ? state : undefined
    return {
      status: 'granted',
      subject: event.subject,
      scopes: [...new Set([...(before?.scopes ?? []), ...event.scopes])],
      granted_at: before?.granted_at ?? event.at,
      renewed_at: event.at,
    }
  },

  /** Each yes is a fact, a repeated one too: it was asked for and given. */
  decide(_, { subject, scopes, at }) {
    return [{ type: 'ConsentGranted', subject, scopes, at }]
  },
}
