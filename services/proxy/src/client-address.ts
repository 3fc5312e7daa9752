/** The address that a request comes from: the connection's, or what the trusted proxies in front say, read from the right. */
import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'

/** `trusted`: addresses and CIDRs of `trusted_proxies`. */
export function createAddressOf(trusted: readonly string[]): (request: IncomingMessage) => string {
  if (trusted.length === 0) return ({ socket }) => plain(socket.remoteAddress)
  const trust = proxyAddr.compile([...trusted])
  return (request) => plain(proxyAddr(request, trust))
}

/** An IPv4 client on a dual-stack socket is an IPv4 client. */
function plain(address = 'unknown'): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
