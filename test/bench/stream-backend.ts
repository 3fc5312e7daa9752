/**
 * The MCP server of what is measured of streams: `…/events` is an event stream with one event, which then is silent; `…/bytes/<n>`
 * sends as many bytes as fast as they are taken; anything else a small result. Prints its port.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const BLOCK = Buffer.alloc(256 * 1024, 'x')
const RESULT = '{"jsonrpc":"2.0","id":1,"result":{}}'

const server = createServer({ requestTimeout: 0 }, (request, response) => {
  request.resume()
  const bytes = /\/bytes\/(\d+)$/.exec(request.url ?? '')?.[1]
  if (bytes !== undefined) sendBytes(response, Number(bytes))
  else if (request.url?.endsWith('/events')) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n')
  } else response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': RESULT.length }).end(RESULT)
})
server.listen(0, '127.0.0.1', 4_096, () => console.log(`port ${(server.address() as AddressInfo).port}`))

function sendBytes(response: ServerResponse, total: number): void {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': total })
  let sent = 0
  const pump = () => {
    while (sent < total) {
      const block = BLOCK.subarray(0, Math.min(BLOCK.length, total - sent))
      sent += block.length
      if (!response.write(block)) {
        response.once('drain', pump)
        return
      }
    }
    response.end()
  }
  pump()
}
