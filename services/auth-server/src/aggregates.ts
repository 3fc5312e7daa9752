/** The two aggregates that this service alone writes. */
import type { Aggregate } from '@gateway/bus'
import { aggregates } from '@gateway/contracts'
import {
  type Authorization,
  type AuthorizationCommand,
  type AuthorizationEvent,
  authorization,
} from './domain/authorization.ts'
import { type Consent, type ConsentCommand, type ConsentEvent, consent } from './domain/consent.ts'

export const authorizations: Aggregate<Authorization, AuthorizationCommand, AuthorizationEvent> = {
  prefix: aggregates.authorization,
  decider: authorization,
  stateVersion: 1,
}

export const consents: Aggregate<Consent, ConsentCommand, ConsentEvent> = {
  prefix: aggregates.consent,
  decider: consent,
  stateVersion: 1,
}
