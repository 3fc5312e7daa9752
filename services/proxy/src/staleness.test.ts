import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { service, startProxy } from './test-support/proxy.ts'

async function world(limits: Record<string, unknown>) {
  const backend = await startBackend()
  const open = service(backend.origin, { id: 'open', auth_required: false, scopes: [] })
  const proxy = await startProxy({ config: { limits }, services: [service(backend.origin), open] })
  const token = proxy.token()
  const status = async (id = 'calculator') =>
    (await proxy.send(`/${id}/mcp`, { headers: { Authorization: `Bearer ${token}` }, body: '{}' })).status
  const bus = (state: 'up' | 'down') => Object.assign(proxy.deps.bus, { status: () => state })
  return { bus, clock: proxy.deps.clock, proxy, status }
}

describe('while the bus is away', () => {
  it('traffic flows on, however long, unless the operator says otherwise', async () => {
    const { bus, clock, status } = await world({})
    bus('down')
    clock.advance(1_800_000)
    expect(await status()).toBe(200)
  })

  it('calls of protected services are refused after the seconds that he says, and go on when it is back', async () => {
    const { bus, clock, proxy, status } = await world({ revocation_staleness_seconds: 60 })
    bus('down')
    clock.advance(60_000)
    expect(await status()).toBe(200)
    clock.advance(1)
    expect([await status(), await status('open')]).toEqual([503, 200])
    const answer = await proxy.send('/calculator/mcp', { headers: { Authorization: 'Bearer x' } })
    // Who has no good token learns nothing of the outage.
    expect(answer.status).toBe(401)
    bus('up')
    expect(await status()).toBe(200)
  })

  it('a quiet time before it does not count', async () => {
    const { bus, clock, status } = await world({ revocation_staleness_seconds: 60 })
    clock.advance(600_000)
    // It is looked for once a second.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    bus('down')
    expect(await status()).toBe(200)
  })
})
