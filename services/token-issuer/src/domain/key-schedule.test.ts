import type { KeyRingState } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { keySchedule, nextStep } from './key-schedule.ts'

const DAY = 86_400_000
const schedule = keySchedule('access-token', 3600)

type Key = KeyRingState['keys'][number]
const key = (kid: string, rest: Partial<Key>): Key => ({
  kid,
  status: 'active',
  public_jwk: { kty: 'EC', kid, alg: 'ES256', use: 'sig' },
  created_at: 0,
  ...rest,
})
const ring = (...keys: Key[]): KeyRingState => ({ ring: 'access-token', keys })

describe('the schedule of a ring', () => {
  const active = key('a', { activated_at: 0 })

  it('has nothing to do while the active key is young', () => {
    expect(nextStep(ring(active), schedule, 29 * DAY - 1)).toBeUndefined()
  })

  it('publishes a successor a day before the active key is thirty days old', () => {
    expect(nextStep(ring(active), schedule, 29 * DAY)).toEqual({ type: 'create' })
  })

  it('lets the successor sign after it was published for a day, even if the schedule was late', () => {
    const waiting = ring(active, key('b', { status: 'pending', created_at: 50 * DAY }))
    expect(nextStep(waiting, schedule, 51 * DAY - 1)).toBeUndefined()
    expect(nextStep(waiting, schedule, 51 * DAY)).toEqual({ type: 'activate', kid: 'b' })
  })

  it('drops a retired key when nothing that it signed can be alive', () => {
    const done = ring(key('a', { status: 'retired', retired_at: 0 }), key('b', { activated_at: 0 }))
    expect(nextStep(done, schedule, DAY + 3_600_000 - 1)).toBeUndefined()
    expect(nextStep(done, schedule, DAY + 3_600_000)).toEqual({ type: 'drop', kid: 'a' })
  })

  it('keeps retired assertion keys for days', () => {
    const done = ring(key('a', { status: 'retired', retired_at: 0 }), key('b', { activated_at: 0 }))
    expect(nextStep(done, keySchedule('assertion', 3600), 6 * DAY)).toBeUndefined()
    expect(nextStep(done, keySchedule('assertion', 3600), 7 * DAY)).toEqual({ type: 'drop', kid: 'a' })
  })
})
