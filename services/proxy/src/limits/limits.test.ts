import { fakeClock } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { limitsOf } from '../test-support/limits.ts'
import { createLimits, type Ticket } from './limits.ts'

const ada = { sub: 'custom:ada', clientId: 'c1', serviceId: 's' }
const bob = { sub: 'custom:bob', clientId: 'c1', serviceId: 's' }

function world(overrides: Readonly<Record<string, number>>) {
  const clock = fakeClock()
  return { clock, limits: createLimits(() => limitsOf(overrides), clock) }
}

describe('requests per minute', () => {
  it('let ten seconds’ worth in at once, then say how long to wait, and fill again', () => {
    const { clock, limits } = world({ user_requests_per_minute: 12 })
    expect([limits.enter(ada).ok, limits.enter(ada).ok]).toEqual([true, true])
    expect(limits.enter(ada)).toEqual({
      ok: false,
      refusal: 'too_many_requests',
      reason: 'user_requests_per_minute',
      retryAfterSeconds: 5,
    })
    clock.advance(5_000)
    expect([limits.enter(ada).ok, limits.enter(ada).ok]).toEqual([true, false])
  })

  it('are counted by user, so that users of one hosted client do not share them (pain-16)', () => {
    const { limits } = world({ user_requests_per_minute: 6 })
    expect([limits.enter(ada).ok, limits.enter(ada).ok, limits.enter(bob).ok]).toEqual([true, false, true])
  })

  it('can be counted by client and by service too', () => {
    for (const key of ['client_requests_per_minute', 'service_requests_per_minute']) {
      const { limits } = world({ [key]: 6 })
      expect(limits.enter(ada).ok).toBe(true)
      expect(limits.enter(bob)).toMatchObject({ refusal: 'too_many_requests', reason: key })
    }
  })

  it('that one limit refuses cost nothing of another', () => {
    const { clock, limits } = world({ user_requests_per_minute: 12, service_requests_per_minute: 6 })
    expect(limits.enter(ada).ok).toBe(true)
    for (let i = 0; i < 10; i++) expect(limits.enter(ada)).toMatchObject({ reason: 'service_requests_per_minute' })
    clock.advance(10_000)
    expect(limits.enter(ada).ok).toBe(true)
  })
})

describe('requests under way', () => {
  it('of one user end when they leave, however often that is said', () => {
    const { limits } = world({ user_concurrent: 1 })
    const first = limits.enter(ada) as Ticket
    expect(limits.enter(ada)).toMatchObject({ ok: false, reason: 'user_concurrent' })
    expect(limits.enter(bob).ok).toBe(true)
    first.leave()
    first.leave()
    expect([limits.enter(ada).ok, limits.enter(ada).ok]).toEqual([true, false])
  })

  it('that wait for one slow service leave the others alone', () => {
    const { limits } = world({ service_waiting: 1 })
    const first = limits.enter(ada) as Ticket
    expect(limits.enter(bob)).toMatchObject({ refusal: 'service_busy', reason: 'service_waiting' })
    expect(limits.enter({ ...bob, serviceId: 'other' }).ok).toBe(true)
    first.answered()
    first.answered()
    expect([limits.enter(bob).ok, limits.enter(ada).ok]).toEqual([true, false])
  })
})
