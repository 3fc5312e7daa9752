/** A server that somebody else runs, named by an address in the environment. */
import type { TestServer } from './server.ts'

/** @throws TypeError when `address` is no URL with a host and a port (or a default one) */
export function externalServer(address: string, from: string, defaultPort: number): TestServer {
  const url = new URL(address)
  const refuse = () => Promise.reject(new Error(`the server at ${from} is not ours to stop or restart`))
  return {
    host: url.hostname,
    port: url.port === '' ? defaultPort : Number(url.port),
    from,
    ours: false,
    kill: refuse,
    restart: refuse,
    stop: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
