/** A plain HTTP server on one port; the name `localhost` means both loopback addresses, as it does to browsers. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'

export interface Running {
  /** Origin without trailing slash; the host as it was given. */
  readonly url: string
  /** Ends open connections, streams included. */
  close(): Promise<void>
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1'])

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host)
}

/** Port 0 takes a free one. @throws the system's error when the port is in use or the address is not this machine's. */
export async function listen(
  host: string,
  port: number,
): Promise<Running & { answer(handler: RequestListener): void }> {
  let handler: RequestListener = (_request, response) => response.writeHead(503).end()
  const open = (address: string, at: number) => bind(address, at, (request, response) => handler(request, response))
  const first = await open(host === 'localhost' ? '127.0.0.1' : host, port)
  const bound = (first.address() as AddressInfo).port
  const servers = [first]
  if (host === 'localhost') {
    const second = await open('::1', bound).catch((error: NodeJS.ErrnoException) => {
      // A machine without IPv6 is fine; a port that somebody else holds on ::1 would answer half of all browsers.
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return undefined
      first.close()
      throw error
    })
    if (second) servers.push(second)
  }
  return {
    url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${bound}`,
    answer(next) {
      handler = next
    },
    async close() {
      await Promise.all(servers.map(shut))
    },
  }
}

async function bind(address: string, port: number, handler: RequestListener): Promise<Server> {
  const server = createServer(handler)
  server.listen({ host: address, port })
  await once(server, 'listening')
  return server
}

async function shut(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
