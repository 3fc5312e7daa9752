/** An MCP server as the proxy sees it: a real HTTP server on a loopback port that remembers what reached it. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  /** Names and values, flat, as they stood on the wire. */
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Backend {
  readonly origin: string
  readonly port: number
  /** Requests whose body has arrived whole, oldest first. */
  readonly seen: readonly SeenRequest[]
}

const respond: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"result":{}}')
}

/** `listener` answers; it may read the body too. */
export async function startBackend(listener: RequestListener = respond): Promise<Backend> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', rawHeaders, headers } = request
      seen.push({ method, url, rawHeaders, headers, body: Buffer.concat(chunks).toString() })
    })
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, port, seen }
}
