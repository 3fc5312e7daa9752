/**
 * An anonymous registration (RFC 7591 §3): recorded once, forgotten with its stream's age unless a code is redeemed before
 * (see `client.ts`). That is what keeps dynamic registration from filling a disk.
 */
import type { Client, ClientMetadata } from '@gateway/contracts'
import { type Decider, Refusal } from '@gateway/kernel'

export interface ClientRegistered {
  readonly type: 'ClientRegistered'
  readonly client_id: string
  readonly metadata: ClientMetadata
  /** Milliseconds since the epoch. */
  readonly at: number
}
export type RegistrationEvent = ClientRegistered

export interface RegisterClient {
  readonly type: 'RegisterClient'
  /** New and random: two registrations never share one, however alike they are (original-1). */
  readonly client_id: string
  readonly metadata: ClientMetadata
  readonly at: number
}
export type RegistrationCommand = RegisterClient

export type Registration = { readonly status: 'absent' } | { readonly status: 'registered'; readonly client: Client }

export const registration: Decider<Registration, RegistrationCommand, RegistrationEvent> = {
  initial: { status: 'absent' },

  evolve(_, { client_id, metadata, at }) {
    return { status: 'registered', client: { client_id, origin: 'registered', metadata, registered_at: at } }
  },

  decide(state, { client_id, metadata, at }) {
    if (state.status !== 'absent') throw new Refusal('client_exists')
    return [{ type: 'ClientRegistered', client_id, metadata, at }]
  },
}
