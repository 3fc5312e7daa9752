import type { KeyRingState } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { type KeyPolicy, keySchedule, nextChangeAt, nextStep } from './key-schedule.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const policy: KeyPolicy = {
  algorithm: 'ES256',
  rotation_days: 30,
  publish_ahead_hours: 24,
  access_ttl_seconds: 3600,
}
const schedule = keySchedule('access-token', policy)

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
    expect(nextStep(done, keySchedule('assertion', policy), 6 * DAY)).toBeUndefined()
    expect(nextStep(done, keySchedule('assertion', policy), 7 * DAY)).toEqual({ type: 'drop', kid: 'a' })
  })

  it('follows the configuration', () => {
    const other = keySchedule('access-token', { ...policy, rotation_days: 7, publish_ahead_hours: 1 })
    expect(nextStep(ring(active), other, 7 * DAY - HOUR - 1)).toBeUndefined()
    expect(nextStep(ring(active), other, 7 * DAY - HOUR)).toEqual({ type: 'create' })
    const waiting = ring(active, key('b', { status: 'pending', created_at: 7 * DAY - HOUR }))
    expect(nextStep(waiting, other, 7 * DAY)).toEqual({ type: 'activate', kid: 'b' })
  })
})

describe('a change of the algorithm', () => {
  const active = key('a', { activated_at: 0 })
  const changed = keySchedule('access-token', { ...policy, algorithm: 'EdDSA' })
  const eddsa = { kty: 'OKP', kid: 'b', alg: 'EdDSA', use: 'sig' }

  it('makes the next key at once, and publishes it ahead like any other', () => {
    expect(nextStep(ring(active), changed, 1)).toEqual({ type: 'create' })
    const waiting = ring(active, key('b', { status: 'pending', public_jwk: eddsa, created_at: 1 }))
    expect(nextStep(waiting, changed, DAY)).toBeUndefined()
    expect(nextStep(waiting, changed, DAY + 1)).toEqual({ type: 'activate', kid: 'b' })
  })

  it('never makes two replicas with two configurations drop each other’s keys', () => {
    const waiting = ring(active, key('b', { status: 'pending', public_jwk: eddsa, created_at: 1 }))
    expect([nextStep(waiting, schedule, 2), nextStep(waiting, changed, 2)]).toEqual([undefined, undefined])
  })
})

describe('the time of a key’s next step', () => {
  const old = key('o', { status: 'retired', retired_at: 5 })
  const active = key('a', { activated_at: 10 })
  const waiting = key('b', { status: 'pending', created_at: 20 })

  it('is when the waiting one signs, the active one gives way and the retired one is dropped', () => {
    const at = (keys: Key[]) => keys.map((one) => nextChangeAt(ring(...keys), one, schedule))
    expect(at([old, active])).toEqual([5 + DAY + HOUR, 10 + 30 * DAY])
    expect(at([old, active, waiting])).toEqual([5 + DAY + HOUR, 20 + DAY, 20 + DAY])
  })
})
