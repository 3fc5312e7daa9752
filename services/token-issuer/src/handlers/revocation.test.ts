/** The request that ends a family tells the proxies itself; the durable reaction, which could do it later, is kept away here. */
import { type MemoryBus, memoryBus } from '@gateway/bus/memory'
import { durables, revokeFamily } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { fakeClock, testDeps } from '@gateway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { grantOf, type Harness, startIssuer } from '../test-support/issuer.ts'

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness
let storing: boolean

beforeEach(async () => {
  const clock = fakeClock()
  const bus = memoryBus({ clock, onFailure: () => undefined })
  storing = true
  deps = await testDeps({ clock, bus: hindered(bus) })
  issuer = await startIssuer(deps)
})

/** The bus, but nobody works through the durable of revoked families, and while not `storing` it takes no revocation. */
function hindered(bus: MemoryBus): MemoryBus {
  const consume: MemoryBus['consume'] = async (durable, handler) =>
    durable.name === durables.revokedFamilies.name ? { stop: async () => undefined } : bus.consume(durable, handler)
  const publish: MemoryBus['publish'] = async (subject, id, data) => {
    if (!storing && subject.startsWith('evt.token-issuer.revocation.')) throw new Unavailable('bus')
    await bus.publish(subject, id, data)
  }
  const other = { consume, publish }
  return new Proxy(bus, {
    get: (target, name: keyof MemoryBus) =>
      name === 'consume' || name === 'publish' ? other[name] : target[name].bind(target),
  })
}

async function started() {
  const grant = grantOf(deps)
  const { refresh_token: token = '' } = await issuer.issue(grant)
  return { grant, token }
}

describe('the request that ends a family', () => {
  const ways: [string, () => Promise<{ family: string; ending: () => Promise<unknown> }>][] = [
    [
      'a replayed code',
      async () => {
        const { grant } = await started()
        return { family: grant.family, ending: () => issuer.issue(grant) }
      },
    ],
    [
      'a reused refresh token',
      async () => {
        const { grant, token } = await started()
        await issuer.refresh(token)
        deps.clock.advance(31_000)
        return { family: grant.family, ending: () => issuer.refresh(token) }
      },
    ],
    [
      'a revocation',
      async () => {
        const { grant, token } = await started()
        return { family: grant.family, ending: () => issuer.revoke(token) }
      },
    ],
    [
      'an operator',
      async () => {
        const { family } = (await started()).grant
        return { family, ending: () => issuer.ask(revokeFamily, { family, reason: 'operator_request' }) }
      },
    ],
  ]

  it.each(ways)('has told the proxies when it is answered: %s', async (_, prepare) => {
    const { family, ending } = await prepare()
    await Promise.allSettled([ending()])
    expect(issuer.revocations()).toEqual([expect.objectContaining({ kind: 'family', sid: family })])
  })

  it.each(ways)('is answered as an outage while that cannot be stored: %s', async (_, prepare) => {
    const { ending } = await prepare()
    storing = false
    await expect(ending()).rejects.toBeInstanceOf(Unavailable)
  })

  it('tells them when it is sent again after such an outage', async () => {
    const { grant, token } = await started()
    storing = false
    await expect(issuer.revoke(token)).rejects.toBeInstanceOf(Unavailable)
    storing = true
    await issuer.revoke(token)
    expect(issuer.revocations()).toEqual([expect.objectContaining({ sid: grant.family })])
  })
})
