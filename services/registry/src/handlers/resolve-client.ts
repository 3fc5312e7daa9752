/** Which client an id means: one in use, else one that registered itself and has not been used yet. */
import { type EventStore, load } from '@gateway/bus'
import type { Client } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { clients, registrations } from '../aggregates.ts'

/** Two reads at the most, however many clients there are (original-27). @throws Refusal `client_not_found` */
export async function resolveClient(bus: EventStore, clientId: string): Promise<Client> {
  const used = await load(bus, clients, clientId)
  if (used.state.status === 'active') return used.state.client
  const registered = await load(bus, registrations, clientId)
  if (registered.state.status === 'registered') return registered.state.client
  throw new Refusal('client_not_found')
}
