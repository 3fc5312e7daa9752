/**
 * A client in use. It begins as a copy of its registration when its first code is redeemed, and is written again at most
 * once a day for as long as it is used, which is all that keeps it from ageing out of its stream (pain-4).
 */
import type { Client } from '@gateway/contracts'
import type { Decider } from '@gateway/kernel'

export type ClientEvent =
  | { readonly type: 'ClientAdopted'; readonly client: Client; readonly at: number }
  | { readonly type: 'ClientRenewed'; readonly at: number }

export interface UseClient {
  readonly type: 'UseClient'
  /** As it was found, in its registration or here. */
  readonly client: Client
  /** When a token was issued to it, milliseconds since the epoch. */
  readonly at: number
}
export type ClientCommand = UseClient

export type ClientState =
  | { readonly status: 'absent' }
  | { readonly status: 'active'; readonly client: Client; readonly used_at: number }

const RENEWAL_MS = 86_400_000

/** Whether a use at `at` is worth a commit after one at `usedAt`. */
export function isRenewalDue(usedAt: number, at: number): boolean {
  return at - usedAt >= RENEWAL_MS
}

export const client: Decider<ClientState, ClientCommand, ClientEvent> = {
  initial: { status: 'absent' },

  evolve(state, event) {
    switch (event.type) {
      case 'ClientAdopted':
        return { status: 'active', client: event.client, used_at: event.at }
      case 'ClientRenewed':
        return state.status === 'active' ? { ...state, used_at: event.at } : state
    }
  },

  decide(state, command) {
    if (state.status === 'absent') return [{ type: 'ClientAdopted', client: command.client, at: command.at }]
    return isRenewalDue(state.used_at, command.at) ? [{ type: 'ClientRenewed', at: command.at }] : []
  },
}
