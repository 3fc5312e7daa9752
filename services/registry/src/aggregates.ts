/** The three aggregates that the registry alone writes: where their facts stand and who decides them. */
import type { Aggregate } from '@gateway/bus'
import { aggregates, type ServiceState } from '@gateway/contracts'
import { type ClientCommand, type ClientEvent, type ClientState, client } from './domain/client.ts'
import {
  type Registration,
  type RegistrationCommand,
  type RegistrationEvent,
  registration,
} from './domain/registration.ts'
import { type ServiceCommand, type ServiceEvent, service } from './domain/service.ts'

export const registrations: Aggregate<Registration, RegistrationCommand, RegistrationEvent> = {
  prefix: aggregates.registration,
  decider: registration,
  stateVersion: 1,
}

export const clients: Aggregate<ClientState, ClientCommand, ClientEvent> = {
  prefix: aggregates.client,
  decider: client,
  stateVersion: 1,
}

export const services: Aggregate<ServiceState, ServiceCommand, ServiceEvent> = {
  prefix: aggregates.service,
  decider: service,
  stateVersion: 1,
}
