/** Opening and closing ports. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The process cannot start, for a reason that its one line says: printed without a stack, exit 1. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart'
}

export interface ListenAt {
  readonly host: string
  readonly port: number
  /** A machine without this address is fine (::1 where IPv6 is off). */
  readonly optional?: boolean | undefined
}

const NO_SUCH_ADDRESS: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/** Listens, and returns the port (another one than asked when 0 was); undefined for an optional address that is not there. @throws CannotStart */
export function listen(server: Server, at: ListenAt, hint: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      if (at.optional && NO_SUCH_ADDRESS.has(error.code)) resolve(undefined)
      else reject(new CannotStart(reason(error, at.host, at.port, hint), { cause: error }))
    }
    server.once('error', failed)
    server.listen({ host: at.host, port: at.port, ipv6Only: at.host === '::1' }, () => {
      server.off('error', failed)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function reason(error: NodeJS.ErrnoException, host: string, port: number, hint: string): string {
  const known: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} is in use: stop what listens on ${host}:${port}, or choose another with ${hint}`,
    EACCES: `port ${port} may not be opened by this user: choose one above 1023 with ${hint}`,
    EADDRNOTAVAIL: `host ${host} is no address of this machine`,
    ENOTFOUND: `host ${host} is no address of this machine`,
  }
  return known[error.code ?? ''] ?? `cannot listen on ${host}:${port}: ${error.message}`
}

/** Accepts nothing new and resolves when what is under way has ended, at the latest after `graceMs`, which cuts the rest. */
export function closeServer(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    // A connection that turns idle after its last response is closed here; Node itself closes only those idle now.
    const sweep = setInterval(() => server.closeIdleConnections(), 100)
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(cut)
      resolve()
    })
  })
}
