import type { Publisher } from '@gateway/bus'
import { durables, streams } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { describe, expect, it, vi } from 'vitest'
import type { AppDeps } from './app.ts'
import { auditFacts, createAudit } from './audit.ts'
import { depsOf } from './fixture.ts'

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
    const audit = createAudit({ service: 'proxy', ...deps })
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
    const audit = createAudit({ service: 'proxy', ...deps })
    for (let n = 0; n < 1_234; n++) audit.record('audit.mcp.request', { decision: 'allowed', status: n })
    await audit.close()
    expect(await audited(deps)).toHaveLength(1_234)
  })

  it('loses none of what is recorded while a flush is under way', async () => {
    const deps = await depsOf()
    const slow: Publisher = {
      async publish(...args) {
        await new Promise((resolve) => setTimeout(resolve, 30))
        await deps.bus.publish(...args)
      },
    }
    const audit = createAudit({ service: 'proxy', clock: deps.clock, log: deps.log, bus: slow })
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
    const flaky: Publisher = {
      async publish(subject, id, data) {
        ids.push(id)
        if (down) throw new Unavailable('bus')
        await deps.bus.publish(subject, id, data)
      },
    }
    const audit = createAudit({ service: 'proxy', clock: deps.clock, log: deps.log, bus: flaky })
    audit.record('audit.mcp.request', { decision: 'allowed' })
    await vi.waitFor(() => expect(ids).toHaveLength(1))
    down = false
    await audit.close()
    expect(ids).toEqual([ids[0], ids[0]])
    expect(await audited(deps)).toHaveLength(1)
  })

  it('is bounded: what does not fit is counted and reported as an event of its own', async () => {
    const deps = await depsOf()
    const audit = createAudit({ service: 'proxy', ...deps })
    for (let n = 0; n < 10_007; n++) audit.record('audit.mcp.request', { decision: 'allowed' })
    await audit.close()
    const events = await audited(deps)
    expect(events).toHaveLength(10_001)
    expect(events.filter((event) => event.type === 'audit.gap.events-lost')).toEqual([
      expect.objectContaining({ data: { decision: 'recorded', reason: '7 events' } }),
    ])
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
