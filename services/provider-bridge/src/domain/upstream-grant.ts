/**
 * What the gateway may do at the provider in a person's name, as far as replicas have to agree on it: who renews the tokens. A
 * refresh token that rotates is spent by whoever uses it, so exactly one replica does; a claim has an end, in case it dies.
 */
import { type Decider, Refusal } from '@gateway/kernel'

export interface UpstreamGrantEvent {
  readonly type: 'RenewalClaimed'
  readonly sub: string
  /** Of the tokens that are renewed: the next ones have another. */
  readonly generation: string
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly at: number
}

export interface UpstreamGrantCommand {
  readonly type: 'ClaimRenewal'
  readonly sub: string
  readonly generation: string
  readonly until: number
  readonly at: number
}

export interface UpstreamGrant {
  readonly claim?: { readonly generation: string; readonly until: number } | undefined
}

export const upstreamGrant: Decider<UpstreamGrant, UpstreamGrantCommand, UpstreamGrantEvent> = {
  initial: {},

  evolve: (_, { generation, until }) => ({ claim: { generation, until } }),

  /** @throws Refusal `renewal_claimed` */
  decide({ claim }, { sub, generation, until, at }) {
    if (claim?.generation === generation && at < claim.until) throw new Refusal('renewal_claimed')
    return [{ type: 'RenewalClaimed', sub, generation, until, at }]
  },
}
