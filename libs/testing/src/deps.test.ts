import { aggregates, streams } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { fakeClock, testConfig, testDeps } from './deps.ts'

describe('the dependencies of a service under test', () => {
  it('hold every stream of the contracts, so that each aggregate can be appended to', async () => {
    const { bus } = await testDeps()
    for (const prefix of Object.values(aggregates)) {
      await expect(bus.append(`${prefix}.key`, `${prefix}.0`, { some: 'fact' }, 0)).resolves.toEqual({ sequence: 1 })
    }
    expect(Object.keys(streams).length).toBeGreaterThanOrEqual(Object.keys(aggregates).length)
  })

  it('share one clock: what the store keeps for a minute is gone when the clock says so', async () => {
    const { store, clock } = await testDeps()
    await store.put('key', new Uint8Array([1]), { ttlMs: 60_000 })
    clock.advance(59_999)
    expect(await store.get('key')).toBeDefined()
    clock.advance(1)
    expect(await store.get('key')).toBeUndefined()
  })

  it('are fresh for each call', async () => {
    const first = await testDeps()
    const second = await testDeps()
    await first.store.put('key', new Uint8Array([1]))
    expect(await second.store.get('key')).toBeUndefined()
  })

  it('take a configuration of one’s own', async () => {
    const { config } = await testDeps({ config: testConfig({ mcp_services: {} }) })
    expect(config.mcp_services).toEqual({})
  })
})

describe('a fake clock', () => {
  it('stands still until it is advanced', () => {
    const clock = fakeClock(1_000)
    expect([clock(), clock.now]).toEqual([1_000, 1_000])
    clock.advance(5)
    expect([clock(), clock.now]).toEqual([1_005, 1_005])
  })
})
