import { memoryStore } from '@gateway/store'
import { fakeClock } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { createSessions } from './sessions.ts'

const HOUR = 3_600_000

function setUp() {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const sessions = createSessions(store, clock, { idleMs: HOUR, maxMs: 10 * HOUR })
  const begin = (sub = 'custom:1') => sessions.begin({ sub, auth_time: 1, browser: 'Firefox' })
  return { clock, store, sessions, begin }
}

describe('the browser sessions', () => {
  it('are found by their cookie alone, and the key in the store does not tell it', async () => {
    const { store, sessions, begin } = setUp()
    const cookie = await begin()
    expect(await sessions.find(cookie)).toMatchObject({ sub: 'custom:1', browser: 'Firefox' })
    const { keys } = await store.list('')
    expect(keys).toHaveLength(1)
    expect(keys[0]).not.toContain(cookie.split('.')[1])
    expect(keys[0]).not.toContain('custom')
    const forged = `${cookie.split('.')[0]}.${'A'.repeat(22)}`
    for (const wrong of [forged, '', 'a.b', `${cookie}x`, keys[0] ?? '']) {
      expect(await sessions.find(wrong)).toBeUndefined()
    }
  })

  it('live on by being used, and not for ever', async () => {
    const { clock, sessions, begin } = setUp()
    const cookie = await begin()
    for (let hour = 0; hour < 19; hour++) {
      clock.advance(HOUR / 2)
      expect(await sessions.find(cookie)).toBeDefined()
    }
    clock.advance(HOUR / 2)
    expect(await sessions.find(cookie)).toBeUndefined()
    const idle = await begin()
    clock.advance(HOUR + 1)
    expect(await sessions.find(idle)).toBeUndefined()
  })

  it('are listed for their user, the last one used first, and end one by one', async () => {
    const { clock, sessions, begin } = setUp()
    const first = await begin()
    clock.advance(60_000)
    const second = await begin()
    const foreign = await begin('custom:2')
    const [mine, older] = await sessions.of('custom:1')
    expect([mine?.started_at, older?.started_at]).toEqual([clock.now, clock.now - 60_000])
    expect(await sessions.end('custom:2', mine?.key ?? '')).toBe(false)
    expect(await sessions.end('custom:1', mine?.key ?? '')).toBe(true)
    expect(await sessions.find(second)).toBeUndefined()
    expect(await sessions.find(first)).toBeDefined()
    expect(await sessions.find(foreign)).toBeDefined()
    for (const key of ['', '../x', 'a b', 'ü'.repeat(300)]) expect(await sessions.end('custom:1', key)).toBe(false)
  })

  it('are not brought back by being used while they end', async () => {
    const { clock, store, sessions, begin } = setUp()
    const cookie = await begin()
    const [session] = await sessions.of('custom:1')
    clock.advance(120_000)
    const get = store.get.bind(store)
    store.get = async (key) => {
      const entry = await get(key)
      await store.take(key)
      return entry
    }
    await sessions.find(cookie)
    store.get = get
    expect(await sessions.find(cookie)).toBeUndefined()
    expect(session).toBeDefined()
  })
})
