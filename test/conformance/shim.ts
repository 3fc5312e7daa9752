/**
 * Lets a suite that knows of no authorization speak to the gateway: a loopback port that adds the bearer and renames only
 * itself, and passes everything else on as it came (protocol.md 2.5).
 */
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Shim {
  readonly url: string
  close(): Promise<void>
}

/** `target`: the MCP endpoint at the gateway. */
export async function startShim(target: URL, bearer: string): Promise<Shim> {
  const { hostname, port: targetPort, host, origin, pathname } = target
  let own = { host: '', origin: '' }
  const renamed = (name: string, value: string) => {
    if (name === 'host' && value === own.host) return host
    return name === 'origin' && value === own.origin ? origin : value
  }
  const server = createServer((request, response) => {
    const headers = request.rawHeaders.map((text, i, all) =>
      i % 2 === 0 ? text : renamed((all[i - 1] ?? '').toLowerCase(), text),
    )
    if (request.headers.authorization === undefined) headers.push('Authorization', `Bearer ${bearer}`)
    const path = pathname + (request.url ?? '').slice('/mcp'.length)
    const upstream = send({
      hostname,
      port: targetPort,
      path,
      method: request.method,
      headers: headers as never,
      setHost: false,
    })
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      response.flushHeaders()
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    upstream.on('error', () => response.destroy())
    response.on('close', () => upstream.destroy())
    request.pipe(upstream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  own = { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` }
  return {
    url: `${own.origin}/mcp`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
