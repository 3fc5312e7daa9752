/** The two comparisons of secrets that exist: both take as long for a wrong one as for the right one. */
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Keyring } from './keyring.ts'
import { Secret, secretEquals } from './secret.ts'

describe('a comparison in constant time (advisory: signing with non-constant-time compare)', () => {
  const compare = vi.spyOn(crypto, 'timingSafeEqual')
  // What was imported by its name follows.
  beforeEach(() => {
    compare.mockClear()
    syncBuiltinESMExports()
  })
  afterEach(() => {
    compare.mockRestore()
    syncBuiltinESMExports()
  })
  const compared = () => compare.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])

  it('is over digests of secrets, whatever their lengths, and over whole MACs', () => {
    for (const given of ['hunter2', 'hunter', 'h', '', 'hunter2hunter2']) secretEquals('hunter2', given)
    expect(compared()).toEqual(Array.from({ length: 5 }, () => [32, 32]))

    compare.mockClear()
    const ring = new Keyring('k1', [{ id: 'k1', secret: new Secret('root') }])
    const right = ring.mac('code', 'message')
    const wrong = [`A${right.slice(1)}`, `${right.slice(0, -1)}A`]
    expect([right, ...wrong].map((mac) => ring.verifyMac('code', 'message', 'k1', mac))).toEqual([true, false, false])
    expect(compared()).toEqual(Array.from({ length: 3 }, () => [43, 43]))
    // Another length is no MAC at all.
    expect(ring.verifyMac('code', 'message', 'k1', right.slice(1))).toBe(false)
  })
})
