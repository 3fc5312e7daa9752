/** What tightened access rules end: the tokens of the services concerned, from before. */
import { listParked, subjectOf } from '@gateway/bus'
import { memoryBus } from '@gateway/bus/memory'
import { aggregates, durables, introspectToken } from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import { fakeClock, testDeps } from '@gateway/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { grantOf, type Harness, startIssuer } from '../test-support/issuer.ts'

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness

beforeEach(async () => {
  const clock = fakeClock()
  deps = await testDeps({ clock, bus: memoryBus({ clock, onFailure: () => undefined }) })
  issuer = await startIssuer(deps, 2)
})

/** As the provider-bridge appends it; here it does not. */
async function told(tightened: unknown) {
  const subject = subjectOf(aggregates.accessRules, 'access')
  const last = await deps.bus.last(subject)
  const facts = { at: deps.clock(), actor: 'service:provider-bridge', events: [{ type: 'AccessRulesChanged' }] }
  const commit = { id: `${newId()}.0`, version: 1, ...facts, state: { rules: {}, tightened }, stateVersion: 1 }
  await deps.bus.append(subject, commit.id, commit, last?.sequence ?? 0)
}
const ruleOf = (service: string, before: number) => ({
  kind: 'rule',
  id: `rule.${service}.${before}`,
  service,
  at: before,
  before,
  actor: 'service:provider-bridge',
})
const revocations = (expected: readonly unknown[]) => vi.waitFor(() => expect(issuer.revocations()).toEqual(expected))

describe('access rules that became tighter', () => {
  it('end the tokens of that service from before; others, and those issued since, go on', async () => {
    const finance = { resource: `${deps.config.issuer}/finance/mcp` }
    const old = await issuer.issue(grantOf(deps))
    const other = await issuer.issue(grantOf(deps, finance))
    deps.clock.advance(10_500)
    const at = deps.clock()
    await told({ calculator: at })
    await revocations([ruleOf('calculator', at)])
    deps.clock.advance(1_000)
    const fresh = await issuer.issue(grantOf(deps))
    const isActive = async ({ access_token: token }: { access_token: string }) =>
      (await issuer.ask(introspectToken, { token, client_id: 'client-a' })).active
    expect([await isActive(old), await isActive(other), await isActive(fresh)]).toEqual([false, true, true])
  })

  it('cost clients one refresh, and nobody a sign-in (pain-1)', async () => {
    const { refresh_token: token = '' } = await issuer.issue(grantOf(deps))
    deps.clock.advance(10_000)
    await told({ calculator: deps.clock() })
    await revocations([ruleOf('calculator', deps.clock())])
    const { access_token } = await issuer.refresh(token)
    expect(await issuer.ask(introspectToken, { token: access_token, client_id: 'client-a' })).toMatchObject({
      active: true,
    })
  })

  it('for all services are told of each, once however often they are repeated', async () => {
    const at = deps.clock()
    await told({ calculator: at, 'a.b_c-D': at })
    await revocations([ruleOf('calculator', at), ruleOf('a.b_c-D', at)])
    deps.clock.advance(5_000)
    await told({ calculator: at, 'a.b_c-D': at, finance: at + 5_000 })
    const all = [ruleOf('calculator', at), ruleOf('a.b_c-D', at), ruleOf('finance', at + 5_000)]
    await vi.waitFor(() => expect(issuer.revocations()).toEqual(all))
  })

  it('are nothing to tell long after, when no token from before is alive', async () => {
    const at = deps.clock()
    await told({ calculator: at - 3_600_000 - 61_000, finance: at })
    await vi.waitFor(() => expect(issuer.revocations()).toEqual([ruleOf('finance', at)]))
  })

  it('that cannot be read are parked, and the rest goes on', async () => {
    await told({ calculator: 'yesterday' })
    await vi.waitFor(async () =>
      expect(await listParked(deps.bus, 'token-issuer')).toMatchObject([{ durable: durables.changedRules.name }]),
    )
    await told({ calculator: deps.clock() })
    await revocations([ruleOf('calculator', deps.clock())])
  })

  it('are in the audit, with the service', async () => {
    const at = deps.clock()
    await told({ calculator: at })
    const data = { decision: 'recorded', reason: 'rule', service: 'calculator', actor: 'service:provider-bridge' }
    await vi.waitFor(() =>
      expect(issuer.audit()).toContainEqual(
        expect.objectContaining({ type: 'audit.token.revoked', data: expect.objectContaining(data) }),
      ),
    )
  })
})
