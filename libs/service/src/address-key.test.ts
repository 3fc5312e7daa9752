import { describe, expect, it } from 'vitest'
import { addressKey } from './address-key.ts'

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['2001:db8:1:2:ffff:1:2:3', '2001:db8:1:2'],
    ['2001:db8:1:3::1', '2001:db8:1:3'],
    ['', 'unknown'],
    ['a line\r\nbreak', 'unknown'],
  ])('%j is counted as %s, which is what one household has', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })
})
