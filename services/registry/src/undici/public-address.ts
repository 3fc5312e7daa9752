/**
 * Which addresses may be fetched from on behalf of strangers: public unicast, and nothing that leads back into a network of
 * ours, directly or through a translation (RFC 6890, RFC 6598, RFC 4193; mapped, NAT64, 6to4, Teredo).
 */
import ipaddr from 'ipaddr.js'

/** RFC 4291 §2.4: everything outside of it that could be routed is a translation, local or reserved. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

/**
 * Why nothing may be fetched from `address`, which a resolver gave; undefined when it is public. A mapped or translated form
 * of a public IPv4 address is refused as well: no resolver has a reason to answer with it.
 */
export function addressProblem(address: string): string | undefined {
  // In their normal forms only: `0177.1` and `127.1` are read differently by different readers.
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return rangeProblem(ipaddr.IPv4.parse(address).range())
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return 'no address'
  const parsed = ipaddr.IPv6.parse(address)
  if (parsed.zoneId) return 'an address with a zone'
  return rangeProblem(parsed.range()) ?? (parsed.match(GLOBAL_UNICAST) ? undefined : 'outside of global unicast')
}

function rangeProblem(range: string): string | undefined {
  return range === 'unicast' ? undefined : range
}
