/** How much of an address an audit event tells (`audit.address`). */
import { isIPv4, isIPv6 } from 'node:net'
import type { Config } from '@gateway/config'

export type AddressMode = Config['audit']['address']

/** `prefix`: the network that a provider gives to one site, an IPv4 /24 or an IPv6 /48. What is no address is left out then. */
export function reducedAddress(address: string | undefined, mode: AddressMode): string | undefined {
  if (address === undefined || mode === 'full') return address
  if (mode === 'none') return undefined
  // An IPv4 client on a dual-stack socket is an IPv4 client.
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
  if (isIPv4(plain)) return `${plain.slice(0, plain.lastIndexOf('.'))}.0/24`
  return isIPv6(address) ? `${siteOf(address)}::/48` : undefined
}

/** The first three groups. RFC 5952 leaves out leading zeros and, once, a row of groups that are zero. */
function siteOf(address: string): string {
  const [before = '', after] = address.split('::', 2)
  const head = before === '' ? [] : before.split(':')
  const groups = after === undefined ? head : [...head, '0', '0', '0']
  return groups
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
