/** Under what an address is counted: whoever has many addresses has them close together. */
import ipaddr from 'ipaddr.js'

/** What one household or host has: an IPv4 address, or an IPv6 /64. */
export function addressKey(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return (parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')
}
