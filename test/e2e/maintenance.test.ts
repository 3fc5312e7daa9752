/** Operators, with their own key, over NATS: every view is what its stream says, and what could not be read waits for them. */
import { call } from '@gateway/bus'
import { connectNats, type NatsBus } from '@gateway/bus/nats'
import { manageParked, manageProjections, streams } from '@gateway/contracts'
import { newId, Secret } from '@gateway/kernel'
import { createOAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FiveProcesses, startFiveProcesses } from './stack/five-processes.ts'
import { obtainGrant } from './wire.ts'

describe('operators of a deployment', () => {
  let stack: FiveProcesses
  let operator: NatsBus
  const open: NatsBus[] = []
  beforeAll(async () => {
    stack = await startFiveProcesses()
    operator = await as('operator')
    await obtainGrant(stack, createOAuthClient(stack.issuer))
  })
  afterAll(async () => {
    for (const bus of open) await bus.close()
    await stack?.stop()
  })

  async function as(role: keyof FiveProcesses['seeds']): Promise<NatsBus> {
    const nkeySeed = new Secret(stack.seeds[role])
    const bus = await connectNats({
      url: stack.nats.url,
      name: role,
      streams: Object.values(streams),
      nkeySeed,
      inboxPrefix: `_INBOX_${role}`,
    })
    open.push(bus)
    return bus
  }
  const context = () => ({ requestId: newId(), now: Date.now() })

  it('find every view of every service equal to its stream folded afresh, and after a rebuild as well', async () => {
    const seen: string[] = []
    for (const [service, operation] of Object.entries(manageProjections)) {
      const { projections } = await call(operator, operation, { action: 'list' }, context())
      for (const { name } of projections) {
        for (const action of ['verify', 'rebuild', 'verify'] as const) {
          const [told] = (await call(operator, operation, { action, name }, context())).projections
          expect([service, name, told?.expected ?? told?.digest]).toEqual([service, name, told?.digest])
        }
        seen.push(`${service} ${name}`)
      }
    }
    expect(seen.toSorted()).toEqual([
      'auth-server EVT_SERVICES',
      'proxy EVT_KEYS',
      'proxy EVT_REVOCATIONS',
      'proxy EVT_SERVICES',
      'registry EVT_SERVICES',
      'token-issuer EVT_KEYS',
      'token-issuer EVT_REVOCATIONS',
    ])
  })

  it('find what every reaction of every service could not read, try it again, and drop it', async () => {
    const bad = {
      registry: 'evt.registry.client.bad',
      'token-issuer': 'evt.token-issuer.token-family.bad',
      'auth-server': 'evt.auth-server.consent.bad',
      'provider-bridge': 'evt.provider-bridge.identity.bad',
    } as const
    for (const service of Object.keys(bad) as (keyof typeof bad)[]) {
      const owner = await as(service)
      await owner.publish(bad[service], newId(), { no: 'commit' })
    }
    const readers = {
      registry: ['registry--audit-clients', 'registry--clients-in-use'],
      'token-issuer': [
        'token-issuer--audit-token-families',
        'token-issuer--deleted-clients',
        'token-issuer--ended-sign-ins',
        'token-issuer--families-by-user',
        'token-issuer--revoked-families',
      ],
      'auth-server': ['auth-server--audit-consents'],
      'provider-bridge': ['provider-bridge--audit-identities'],
    } as const
    for (const service of Object.keys(readers) as (keyof typeof readers)[]) {
      const tend = (input: Parameters<typeof askParked>[1]) => askParked(service, input)
      await vi.waitFor(async () => {
        const durables = (await tend({ action: 'list' })).parked.map(({ durable }) => durable)
        expect(durables.toSorted()).toEqual(readers[service])
      }, 10_000)
      const [first] = (await tend({ action: 'list' })).parked
      const { durable = '', sequence = 0 } = first ?? {}
      await expect(tend({ action: 'retry', durable, sequence })).rejects.toMatchObject({ code: 'still_unreadable' })
      for (const parked of (await tend({ action: 'list' })).parked) {
        await tend({ action: 'drop', durable: parked.durable, sequence: parked.sequence })
      }
      expect((await tend({ action: 'list' })).parked).toEqual([])
    }
  })

  function askParked(service: keyof typeof manageParked, input: ReturnType<typeof manageParked.registry.input.parse>) {
    return call(operator, manageParked[service], input, context())
  }
})
