import { memoryBus } from '@gateway/bus/memory'
import { durables, streams } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { fakeClock, testConfig, testDeps } from '@gateway/testing'
import { describe, expect, it, vi } from 'vitest'
import type { AppDeps } from './app.ts'
import { type AuditDeps, auditFacts, createAudit } from './audit.ts'
import type { AddressMode } from './audit-address.ts'

/** On a bus that takes any event: here they are as short as the case wants them, not as the contract does. */
function depsOf(audit: Readonly<Record<string, unknown>> = {}) {
  const clock = fakeClock()
  return testDeps({ clock, bus: memoryBus({ clock }), config: testConfig({ audit }) })
}

/** Everything in stream AUDIT, oldest first. */
async function audited(deps: AppDeps): Promise<readonly Record<string, unknown>[]> {
  const events: Record<string, unknown>[] = []
  const source = { stream: streams.audit.name, subject: 'audit.>' }
  const projection = await deps.bus.project(source, {
    reset: () => undefined,
    apply: (message) => events.push(message.data as Record<string, unknown>),
  })
  await projection.caughtUp
  await projection.stop()
  return events
}

describe('recording', () => {
  it('publishes CloudEvents in the background, on the subject of their type', async () => {
    const deps = await depsOf()
    const audit = createAudit('proxy', deps)
    audit.record('audit.mcp.denied', { decision: 'denied', reason: 'token_expired', sub: 'google:1' })
    await vi.waitFor(async () => expect(await audited(deps)).toHaveLength(1))
    expect((await audited(deps))[0]).toMatchObject({
      specversion: '1.0',
      type: 'audit.mcp.denied',
      source: '/services/proxy',
      subject: 'google:1',
      time: new Date(deps.clock()).toISOString(),
      data: { decision: 'denied', reason: 'token_expired' },
    })
    await audit.close()
  })

  it('publishes what is buffered before it closes', async () => {
    const deps = await depsOf()
    const audit = createAudit('proxy', deps)
    for (let n = 0; n < 1_234; n++) audit.record('audit.mcp.request', { decision: 'allowed', status: n })
    await audit.close()
    expect(await audited(deps)).toHaveLength(1_234)
  })

  it('loses none of what is recorded while a flush is under way', async () => {
    const deps = await depsOf()
    const slow: AuditDeps['bus'] = {
      status: () => 'up',
      async publish(...args) {
        await new Promise((resolve) => setTimeout(resolve, 30))
        await deps.bus.publish(...args)
      },
    }
    const audit = createAudit('proxy', { ...deps, bus: slow })
    for (let n = 0; n < 20; n++) {
      audit.record('audit.mcp.request', { decision: 'allowed', status: n })
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await audit.close()
    const statuses = (await audited(deps)).map((event) => (event.data as { status: number }).status)
    expect(new Set(statuses)).toEqual(new Set(Array.from({ length: 20 }, (_, n) => n)))
    expect(statuses).toHaveLength(20)
  })

  it('sends again what the bus did not take, under the same id', async () => {
    const deps = await depsOf()
    const ids: string[] = []
    let down = true
    const flaky: AuditDeps['bus'] = {
      status: () => 'up',
      async publish(subject, id, data) {
        ids.push(id)
        if (down) throw new Unavailable('bus')
        await deps.bus.publish(subject, id, data)
      },
    }
    const audit = createAudit('proxy', { ...deps, bus: flaky })
    audit.record('audit.mcp.request', { decision: 'allowed' })
    await vi.waitFor(() => expect(ids).toHaveLength(1))
    down = false
    await audit.close()
    expect(ids).toEqual([ids[0], ids[0]])
    expect(await audited(deps)).toHaveLength(1)
  })

  it('is bounded: what does not fit is counted and reported as an event of its own', async () => {
    const deps = await depsOf()
    const audit = createAudit('proxy', deps)
    for (let n = 0; n < 10_007; n++) audit.record('audit.mcp.request', { decision: 'allowed' })
    await audit.close()
    const events = await audited(deps)
    expect(events).toHaveLength(10_001)
    expect(events.filter((event) => event.type === 'audit.gap.events-lost')).toEqual([
      expect.objectContaining({ data: { decision: 'recorded', reason: '7 events' } }),
    ])
  })
})

/** A bus that is away until `back` is called. */
function awayBus(deps: AppDeps) {
  let state: 'up' | 'down' = 'down'
  const bus: AuditDeps['bus'] = {
    status: () => state,
    async publish(...args) {
      if (state === 'down') throw new Unavailable('bus')
      await deps.bus.publish(...args)
    },
  }
  return {
    bus,
    back: () => {
      state = 'up'
    },
  }
}

describe('while the bus is away', () => {
  it('best-effort: admits everything, drops beyond the bound, and measures and tells what it dropped', async () => {
    const deps = await depsOf()
    const away = awayBus(deps)
    const audit = createAudit('proxy', { ...deps, bus: away.bus })
    for (let n = 0; n < 10_003; n++) audit.record('audit.mcp.request', { decision: 'allowed' })
    expect(audit.admits()).toBe(true)
    expect(await deps.metrics.metrics()).toMatch(/^gateway_audit_buffered{of="proxy"} 10000$/m)

    away.back()
    await vi.waitFor(async () => expect(await audited(deps)).toHaveLength(10_001), { timeout: 5_000 })
    const told = (await audited(deps)).filter((event) => event.type === 'audit.gap.events-lost')
    expect(told).toMatchObject([{ data: { reason: '3 events' } }])
    const metrics = await deps.metrics.metrics()
    expect(metrics).toMatch(/^gateway_audit_lost_total{of="proxy"} 3$/m)
    expect(metrics).toMatch(/^gateway_audit_events_total{of="proxy"} 10001$/m)
    expect(metrics).toMatch(/^gateway_audit_buffered{of="proxy"} 0$/m)
    await audit.close()
  })

  it('strict: admits nothing until it is back, and measures and tells how many were refused', async () => {
    const deps = await depsOf({ mode: 'strict' })
    const away = awayBus(deps)
    const audit = createAudit('proxy', { ...deps, bus: away.bus })
    audit.record('audit.mcp.request', { decision: 'allowed' })
    expect([audit.admits(), audit.admits()]).toEqual([false, false])

    away.back()
    await vi.waitFor(() => expect(audit.admits()).toBe(true), { timeout: 5_000 })
    await vi.waitFor(async () => expect(await audited(deps)).toHaveLength(2))
    const refused = await deps.metrics.getSingleMetric('gateway_audit_refused_total')?.get()
    expect((await audited(deps)).map(({ type, data }) => [type, (data as { reason?: string }).reason])).toEqual([
      ['audit.mcp.request', undefined],
      ['audit.gap.requests-refused', `${refused?.values[0]?.value} requests`],
    ])
    await audit.close()
  })

  it('strict: tells of the refused even when nothing else was ever recorded', async () => {
    const deps = await depsOf({ mode: 'strict' })
    const away = awayBus(deps)
    const audit = createAudit('proxy', { ...deps, bus: away.bus })
    expect(audit.admits()).toBe(false)
    away.back()
    await vi.waitFor(async () =>
      expect(await audited(deps)).toMatchObject([
        { type: 'audit.gap.requests-refused', data: { reason: '1 requests' } },
      ]),
    )
    expect(audit.admits()).toBe(true)
    await audit.close()
  })
})

describe('strict mode with a bus that stands', () => {
  it.each<[string, () => Promise<void>]>([
    ['takes nothing', () => Promise.reject(new Unavailable('bus'))],
    ['does not answer', () => new Promise(() => undefined)],
  ])('admits nothing while it %s', async (_, publish) => {
    let now = 0
    const deps = { ...(await depsOf({ mode: 'strict' })), clock: () => now }
    const audit = createAudit('proxy', { ...deps, bus: { status: () => 'up', publish } })
    expect(audit.admits()).toBe(true)
    audit.record('audit.mcp.request', { decision: 'allowed' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    now += 1_001
    expect(audit.admits()).toBe(false)
  })

  it('admits nothing while half of the buffer waits: the rest is for what is under way', async () => {
    const audit = createAudit('proxy', await depsOf({ mode: 'strict' }))
    for (let n = 0; n < 4_999; n++) audit.record('audit.mcp.request', { decision: 'allowed' })
    expect(audit.admits()).toBe(true)
    audit.record('audit.mcp.request', { decision: 'allowed' })
    expect(audit.admits()).toBe(false)
    await audit.close()
  })
})

describe('from where', () => {
  it.each<[AddressMode, string, string | undefined]>([
    ['full', '203.0.113.77', '203.0.113.77'],
    ['prefix', '203.0.113.77', '203.0.113.0/24'],
    ['prefix', '::ffff:203.0.113.77', '203.0.113.0/24'],
    ['prefix', '2001:db8:17:9::77', '2001:db8:17::/48'],
    ['prefix', '2001:db8::77', '2001:db8:0::/48'],
    ['prefix', '::1', '0:0:0::/48'],
    ['prefix', 'unknown', undefined],
    ['none', '203.0.113.77', undefined],
  ])('%s: %s is told as %s', async (address, from, told) => {
    const deps = await depsOf({ address })
    const audit = createAudit('proxy', deps)
    audit.record('audit.mcp.denied', { decision: 'denied', address: from })
    await audit.close()
    const data = { decision: 'denied', ...(told === undefined ? {} : { address: told }) }
    expect(await audited(deps)).toEqual([expect.objectContaining({ data })])
  })
})

describe('telling facts', () => {
  it('tells each commit once, however often it is delivered, and keeps equal ids of two streams apart', async () => {
    const deps = await depsOf()
    const tell = (message: { id: string }) => [
      { id: `${message.id}.0`, type: 'audit.login.succeeded' as const, at: 1, data: { decision: 'allowed' as const } },
    ]
    await deps.bus.append('evt.provider-bridge.login.a', 'request.0', {}, 0)
    await deps.bus.append('evt.provider-bridge.identity.a', 'request.0', {}, 0)
    const from = { service: 'provider-bridge', bus: deps.bus }
    const logins = await auditFacts(from, durables.auditLogins, tell)
    const identities = await auditFacts(from, durables.auditIdentities, tell)
    await vi.waitFor(async () => expect(await audited(deps)).toHaveLength(2))
    expect(new Set((await audited(deps)).map((event) => event.id))).toEqual(
      new Set(['provider-bridge--audit-identities.request.0.0', 'provider-bridge--audit-logins.request.0.0']),
    )
    await Promise.all([logins.stop(), identities.stop()])
  })
})
