/** What the use cases are given: ports and policy, nothing of NATS. */
import type { Aggregate, Bus } from '@gateway/bus'
import { aggregates } from '@gateway/contracts'
import { type Clock, type Keyring, Unavailable } from '@gateway/kernel'
import type { Audit, Logger } from '@gateway/service'
import { type Identity, type IdentityCommand, type IdentityEvent, identity } from './domain/identity.ts'
import { type Login, type LoginCommand, type LoginEvent, login } from './domain/login.ts'
import type { People } from './people.ts'
import { PROVIDER } from './upstream/guarded-fetch.ts'
import type { Provider } from './upstream/provider.ts'

export const SERVICE = 'provider-bridge'

export interface BridgeDeps {
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Logger
  readonly audit: Audit
  readonly keyring: Keyring
  readonly people: People
  /** Undefined when none is configured: a gateway of public services alone. */
  readonly provider: Provider | undefined
}

export const logins: Aggregate<Login, LoginCommand, LoginEvent> = {
  prefix: aggregates.login,
  decider: login,
  stateVersion: 1,
}

export const identities: Aggregate<Identity, IdentityCommand, IdentityEvent> = {
  prefix: aggregates.identity,
  decider: identity,
  stateVersion: 1,
}

/** @throws Unavailable */
export function configuredProvider({ provider }: BridgeDeps): Provider {
  if (!provider) throw new Unavailable(PROVIDER, { cause: new Error('no provider is configured') })
  return provider
}
