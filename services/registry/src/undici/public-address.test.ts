import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressProblem } from './public-address.ts'

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '104.16.132.229',
  '160.79.104.10',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '192.167.255.255',
  '198.17.255.255',
  '2606:4700::6810:84e5',
  '2a00:1450:4001:81b::200e',
]

/** IANA's special-purpose registries (RFC 6890), and everything that leads to one of them by another way. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['0.0.0.0', 'this host'],
  ['0.1.2.3', 'this network'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['100.64.0.1', 'carrier-grade NAT (RFC 6598)'],
  ['100.100.100.200', "a cloud's metadata service"],
  ['100.127.255.255', 'carrier-grade NAT'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['169.254.0.1', 'link-local'],
  ['169.254.169.254', "a cloud's metadata service"],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.0.0.1', 'IETF assignments'],
  ['192.0.0.192', "a cloud's metadata service"],
  ['192.0.2.1', 'documentation'],
  ['192.31.196.1', 'AS112'],
  ['192.52.193.1', 'AMT'],
  ['192.88.99.1', '6to4 relay'],
  ['192.168.0.1', 'private'],
  ['192.175.48.1', 'AS112'],
  ['198.18.0.1', 'benchmarking'],
  ['198.19.255.255', 'benchmarking'],
  ['198.51.100.1', 'documentation'],
  ['203.0.113.1', 'documentation'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::7f00:1', 'IPv4-compatible loopback'],
  ['::127.0.0.1', 'IPv4-compatible loopback'],
  ['::ffff:127.0.0.1', 'IPv4-mapped loopback'],
  ['::ffff:7f00:1', 'IPv4-mapped loopback'],
  ['::ffff:10.0.0.1', 'IPv4-mapped private'],
  ['::ffff:169.254.169.254', 'IPv4-mapped metadata service'],
  ['::ffff:8.8.8.8', 'IPv4-mapped, which no resolver answers'],
  ['::ffff:0:127.0.0.1', 'IPv4-translated (RFC 2765)'],
  ['64:ff9b::7f00:1', 'NAT64 loopback'],
  ['64:ff9b::10.0.0.1', 'NAT64 private'],
  ['64:ff9b::169.254.169.254', 'NAT64 metadata service'],
  ['64:ff9b:1::a00:1', 'local NAT64 (RFC 8215)'],
  ['100::1', 'discard'],
  ['2001::1', 'Teredo'],
  ['2001:0:7f00:1:0:ffff:80ff:fffe', 'Teredo to loopback'],
  ['2001:2::1', 'benchmarking'],
  ['2001:3::1', 'AMT'],
  ['2001:4:112::1', 'AS112'],
  ['2001:10::1', 'ORCHID'],
  ['2001:20::1', 'ORCHIDv2'],
  ['2001:db8::1', 'documentation'],
  ['2002:7f00:1::1', '6to4 to loopback'],
  ['2002:a00:1::1', '6to4 to private'],
  ['2002:a9fe:a9fe::1', '6to4 to the metadata service'],
  ['2620:4f:8000::1', 'AS112'],
  ['3fff::1', 'documentation'],
  ['4000::1', 'not assigned'],
  ['5f00::1', 'segment routing'],
  ['fc00::1', 'unique local'],
  ['fd00:ec2::254', "a cloud's metadata service"],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local with a zone'],
  ['2606:4700::1%1', 'a zone'],
  ['fec0::1', 'site-local'],
  ['ff02::1', 'multicast'],
]

/** Forms that readers of addresses read differently. */
const MALFORMED = [
  '',
  'localhost',
  '127.1',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '2130706433',
  '8.8.8.8.',
  '8.8.8',
  '[::1]',
  ' 8.8.8.8',
]

describe('an address to fetch from', () => {
  it.each(PUBLIC)('may be %s', (address) => {
    expect(addressProblem(address)).toBeUndefined()
  })

  it.each(REFUSED)('is never %s: %s (advisory: SSRF via metadata fetch)', (address) => {
    expect(addressProblem(address)).toBeDefined()
  })

  it.each(MALFORMED)('is never %j', (text) => {
    expect(addressProblem(text)).toBe('no address')
  })

  it('is no translation of any IPv4 address whatever, public or not', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(byte, byte, byte, byte, (a, b, c, d) => {
        const dotted = `${a}.${b}.${c}.${d}`
        const [high, low] = [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)]
        const forms = [
          `::ffff:${dotted}`,
          `::ffff:${high}:${low}`,
          `::${dotted}`,
          `::ffff:0:${dotted}`,
          `64:ff9b::${high}:${low}`,
          `64:ff9b:1::${high}:${low}`,
          `2002:${high}:${low}::1`,
          `2001:0:${high}:${low}::1`,
        ]
        for (const form of forms) expect(addressProblem(form)).toBeDefined()
      }),
    )
  })
})
