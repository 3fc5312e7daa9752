/**
 * Connects to an address that was checked, never to a name: between a check and a second look-up the answer may change (DNS
 * rebinding). The certificate is still checked against the name.
 */
import { lookup, Resolver } from 'node:dns/promises'
import { isIP, type Socket } from 'node:net'
import { buildConnector } from 'undici'
import { addressProblem } from './public-address.ts'

export type Resolve = (host: string) => Promise<readonly string[]>

/** An address that is not public, or no address at all. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
}

export interface PinnedConnectorOptions {
  readonly resolve: Resolve
  readonly isPrivate: (host: string) => boolean
  readonly ca?: string | undefined
}

const ADDRESSES_MAX = 4
const CONNECT_MS = 4_000

export function pinnedConnector({ resolve, isPrivate, ca }: PinnedConnectorOptions): buildConnector.connector {
  const connectTo = buildConnector({
    allowH2: false,
    maxCachedSessions: 0,
    timeout: CONNECT_MS,
    ...(ca === undefined ? {} : { ca }),
  })
  return (options, callback) => {
    void report(connectFirst(options), callback)
  }

  async function connectFirst(options: buildConnector.Options): Promise<Socket> {
    const host = options.hostname.replace(/^\[|\]$/g, '')
    const addresses = isIP(host) === 0 ? await resolve(host) : [host]
    // One bad address among good ones is an attempt, or a network that is not the public one: none of them is used.
    const bad = isPrivate(host) ? undefined : addresses.find((address) => addressProblem(address) !== undefined)
    if (bad !== undefined || addresses.length === 0) throw new AddressRefused(addressProblem(bad ?? '') ?? 'no address')
    let failure: unknown
    for (const address of addresses.slice(0, ADDRESSES_MAX)) {
      try {
        return await connectOnce({ ...options, hostname: address, ...(isIP(host) === 0 ? { servername: host } : {}) })
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  function connectOnce(options: buildConnector.Options): Promise<Socket> {
    return new Promise((done, failed) => {
      connectTo(options, (...[error, socket]) => {
        if (error) failed(error)
        else done(socket)
      })
    })
  }
}

async function report(connecting: Promise<Socket>, callback: buildConnector.Callback): Promise<void> {
  let socket: Socket
  try {
    socket = await connecting
  } catch (error) {
    callback(error as Error, null)
    return
  }
  callback(null, socket)
}

/**
 * Public names by DNS alone, outside of the threads that everything else in the process shares: an attacker's slow name
 * server must not hold those. IPv4 first, since a host without IPv6 connectivity would wait for nothing. Names of the
 * operator's own network as the host knows them.
 */
export function resolvePublicly(isPrivate: (host: string) => boolean): Resolve {
  return async (host) => {
    if (isPrivate(host)) return (await lookup(host, { all: true })).map(({ address }) => address)
    const resolver = new Resolver({ timeout: 2_000, tries: 2 })
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    if (v4.status === 'rejected' && v6.status === 'rejected') throw v4.reason
    return [v4, v6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }
}
