/** What the use cases are given: ports and policy, nothing of HTTP or NATS. */
import type { Aggregate, Bus } from '@gateway/bus'
import type { Config } from '@gateway/config'
import { aggregates, type TokenFamilyState } from '@gateway/contracts'
import { type Clock, type Keyring, Unavailable } from '@gateway/kernel'
import type { Audit, Logger } from '@gateway/service'
import { type FamilyLives, type TokenFamilyCommand, type TokenFamilyEvent, tokenFamily } from './domain/token-family.ts'
import { FAMILY_STATE_VERSION, upcastTokenFamily } from './domain/token-family-upcast.ts'
import type { FamiliesByUser } from './families-by-user.ts'
import type { RevocationLog } from './revocation-log.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface IssuerDeps {
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Logger
  readonly audit: Audit
  readonly keyring: Keyring
  readonly keys: SigningKeys
  readonly families: FamiliesByUser
  readonly revocations: RevocationLog
  readonly issuer: string
  readonly tokens: Config['tokens']
}

export const tokenFamilies: Aggregate<TokenFamilyState, TokenFamilyCommand, TokenFamilyEvent> = {
  prefix: aggregates.tokenFamily,
  decider: tokenFamily,
  stateVersion: FAMILY_STATE_VERSION,
  upcast: upcastTokenFamily,
}

export function livesOf(tokens: Config['tokens']): FamilyLives {
  return {
    graceMs: tokens.refresh_grace_seconds * 1000,
    idleMs: tokens.refresh_ttl_seconds * 1000,
    maxMs: tokens.refresh_max_seconds * 1000,
  }
}

/** A replica that was frozen must not decide what another one has been asked meanwhile. @throws Unavailable */
export function assertInTime(clock: Clock, deadline: number): void {
  if (clock() > deadline) throw new Unavailable('token-issuer')
}
