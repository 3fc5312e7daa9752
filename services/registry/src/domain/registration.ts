/**
 * An anonymous registration (RFC 7591 §3): recorded, maybe changed or deleted by its client (RFC 7592 §2), and forgotten with
 * its stream's age unless a code is redeemed before (see `client.ts`). That is what keeps dynamic registration from filling
 * a disk.
 */
import type { Client, ClientMetadata } from '@gateway/contracts'
import { type Decider, Refusal } from '@gateway/kernel'
import type { DeleteClient, UpdateClient } from './client.ts'

export interface ClientRegistered {
  readonly type: 'ClientRegistered'
  readonly client_id: string
  readonly metadata: ClientMetadata
  /** Milliseconds since the epoch. */
  readonly at: number
}
export interface RegistrationUpdated {
  readonly type: 'RegistrationUpdated'
  readonly client: Client
  readonly at: number
}
export interface RegistrationDeleted {
  readonly type: 'RegistrationDeleted'
  readonly client_id: string
  readonly at: number
}
export type RegistrationEvent = ClientRegistered | RegistrationUpdated | RegistrationDeleted

export interface RegisterClient {
  readonly type: 'RegisterClient'
  /** New and random: two registrations never share one, however alike they are (original-1). */
  readonly client_id: string
  readonly metadata: ClientMetadata
  readonly at: number
}
export type RegistrationCommand = RegisterClient | UpdateClient | DeleteClient

export type Registration =
  | { readonly status: 'absent' }
  | { readonly status: 'registered'; readonly client: Client }
  | { readonly status: 'deleted'; readonly client_id: string; readonly deleted_at: number }

export const registration: Decider<Registration, RegistrationCommand, RegistrationEvent> = {
  initial: { status: 'absent' },

  evolve(_, event) {
    switch (event.type) {
      case 'ClientRegistered': {
        const { client_id, metadata, at } = event
        return { status: 'registered', client: { client_id, origin: 'registered', metadata, registered_at: at } }
      }
      case 'RegistrationUpdated':
        return { status: 'registered', client: event.client }
      case 'RegistrationDeleted':
        return { status: 'deleted', client_id: event.client_id, deleted_at: event.at }
    }
  },

  decide(state, command) {
    switch (command.type) {
      case 'RegisterClient': {
        const { client_id, metadata, at } = command
        if (state.status !== 'absent') throw new Refusal('client_exists')
        return [{ type: 'ClientRegistered', client_id, metadata, at }]
      }
      case 'UpdateClient':
        if (state.status !== 'registered') throw new Refusal('client_not_found')
        return [{ type: 'RegistrationUpdated', client: command.client, at: command.at }]
      case 'DeleteClient':
        if (state.status !== 'registered') return []
        return [{ type: 'RegistrationDeleted', client_id: command.client_id, at: command.at }]
    }
  },
}
