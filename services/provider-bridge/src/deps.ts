/** What the use cases are given: ports and policy, nothing of NATS. */
import type { Aggregate, Bus } from '@gateway/bus'
import { aggregates } from '@gateway/contracts'
import { type Clock, type Keyring, Unavailable } from '@gateway/kernel'
import type { Audit, Logger } from '@gateway/service'
import type { AccessRules } from './domain/access.ts'
import {
  type AccessRulesCommand,
  type AccessRulesEvent,
  type AppliedRules,
  appliedRules,
} from './domain/access-rules.ts'
import { type Identity, type IdentityCommand, type IdentityEvent, identity } from './domain/identity.ts'
import { type Login, type LoginCommand, type LoginEvent, login } from './domain/login.ts'
import {
  type UpstreamGrant,
  type UpstreamGrantCommand,
  type UpstreamGrantEvent,
  upstreamGrant,
} from './domain/upstream-grant.ts'
import type { People } from './people.ts'
import type { Rechecks } from './rechecks.ts'
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
  readonly rules: AccessRules
  readonly rechecks: Rechecks
  /** For what an erasure leaves behind. */
  readonly auditMaxAgeDays: number
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

export const upstreamGrants: Aggregate<UpstreamGrant, UpstreamGrantCommand, UpstreamGrantEvent> = {
  prefix: aggregates.upstreamGrant,
  decider: upstreamGrant,
  stateVersion: 1,
}

export const accessRulesInForce: Aggregate<AppliedRules, AccessRulesCommand, AccessRulesEvent> = {
  prefix: aggregates.accessRules,
  decider: appliedRules,
  stateVersion: 1,
}

/** @throws Unavailable */
export function configuredProvider({ provider }: Pick<BridgeDeps, 'provider'>): Provider {
  if (!provider) throw new Unavailable(PROVIDER, { cause: new Error('no provider is configured') })
  return provider
}
