/** The two comparisons of secrets that exist: both take as long for a wrong one as for the right one. */
import { timingSafeEqual } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Keyring } from './keyring.ts'
import { Secret, secretEquals } from './secret.ts'

vi.mock(import('node:crypto'), async (original) => {
  const crypto = await original()
  return { ...crypto, timingSafeEqual: vi.fn<typeof timingSafeEqual>(crypto.timingSafeEqual) }
})

const compared = () => vi.mocked(timingSafeEqual).mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])

describe('a comparison in constant time (advisory: signing with non-constant-time compare)', () => {
  beforeEach(() => void vi.mocked(timingSafeEqual).mockClear())

  it('of secrets is over their digests, whatever their lengths', () => {
    for (const given of ['hunter2', 'hunter', 'h', '', 'hunter2hunter2']) secretEquals('hunter2', given)
    expect(compared()).toEqual(Array.from({ length: 5 }, () => [32, 32]))
  })

  it('of MACs is over all of them; another length is no MAC at all', () => {
    const ring = new Keyring('k1', [{ id: 'k1', secret: new Secret('root') }])
    const right = ring.mac('code', 'message')
    const wrong = [`A${right.slice(1)}`, `${right.slice(0, -1)}A`]
    expect([right, ...wrong].map((mac) => ring.verifyMac('code', 'message', 'k1', mac))).toEqual([true, false, false])
    expect(compared()).toEqual(Array.from({ length: 3 }, () => [43, 43]))
    expect(ring.verifyMac('code', 'message', 'k1', right.slice(1))).toBe(false)
  })
})
