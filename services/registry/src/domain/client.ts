/**
 * A client in use. It begins as a copy of what it was known as when its first code is redeemed, and is written again at most
 * once a day for as long as it is used, which is all that keeps it from ageing out of its stream (pain-4). Deleted, it stays
 * so, unless its document or the configuration makes it known.
 */
import type { Client, ClientState } from '@gateway/contracts'
import { type Decider, Refusal } from '@gateway/kernel'

export type { ClientState } from '@gateway/contracts'

export type ClientEvent =
  | { readonly type: 'ClientAdopted'; readonly client: Client; readonly at: number }
  | { readonly type: 'ClientRenewed'; readonly at: number }
  | { readonly type: 'ClientUpdated'; readonly client: Client; readonly at: number }
  | { readonly type: 'ClientDeleted'; readonly client_id: string; readonly at: number }

export interface UseClient {
  readonly type: 'UseClient'
  /** As it was found, in its registration, its document, the configuration, or here. */
  readonly client: Client
  /** When a token was issued to it, milliseconds since the epoch. */
  readonly at: number
}
export interface UpdateClient {
  readonly type: 'UpdateClient'
  /** As it is to be, whole. */
  readonly client: Client
  readonly at: number
}
export interface DeleteClient {
  readonly type: 'DeleteClient'
  readonly client_id: string
  readonly at: number
}
export type ClientCommand = UseClient | UpdateClient | DeleteClient

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
      case 'ClientUpdated':
        return state.status === 'active' ? { ...state, client: event.client } : state
      case 'ClientDeleted':
        return { status: 'deleted', client_id: event.client_id, deleted_at: event.at }
    }
  },

  decide(state, command) {
    const { at } = command
    switch (command.type) {
      case 'UseClient':
        if (mayBeAdopted(state, command.client)) return [{ type: 'ClientAdopted', client: command.client, at }]
        return state.status === 'active' && isRenewalDue(state.used_at, at) ? [{ type: 'ClientRenewed', at }] : []
      case 'UpdateClient':
        if (state.status !== 'active') throw new Refusal('client_not_found')
        return [{ type: 'ClientUpdated', client: command.client, at }]
      case 'DeleteClient':
        return state.status === 'active' ? [{ type: 'ClientDeleted', client_id: command.client_id, at }] : []
    }
  },
}

/** What made a client known that did not register itself is not here to delete, so it may come back. */
function mayBeAdopted({ status }: ClientState, { origin }: Client): boolean {
  return status === 'absent' || (status === 'deleted' && origin !== 'registered')
}
