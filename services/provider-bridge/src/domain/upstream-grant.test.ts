import { specification } from '@gateway/testing'
import { describe, it } from 'vitest'
import { type UpstreamGrantEvent, upstreamGrant } from './upstream-grant.ts'

const given = specification(upstreamGrant)
const claim = { type: 'ClaimRenewal', sub: 'oidc:1', generation: 'g1', until: 30, at: 10 } as const
const claimed: UpstreamGrantEvent = { ...claim, type: 'RenewalClaimed' }

describe('the renewal of upstream tokens', () => {
  it('is claimed by one (pain-13)', () => {
    given().when(claim).then(claimed)
    given(claimed)
      .when({ ...claim, at: 29 })
      .thenRefused('renewal_claimed')
  })

  it('may be claimed again when the claim has ended, and at once for the tokens that it brought', () => {
    const later = { ...claim, at: 30, until: 50 }
    given(claimed)
      .when(later)
      .then({ ...later, type: 'RenewalClaimed' })
    const next = { ...claim, generation: 'g2', at: 11, until: 31 }
    given(claimed)
      .when(next)
      .then({ ...next, type: 'RenewalClaimed' })
  })
})
