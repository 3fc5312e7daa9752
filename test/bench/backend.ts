/**
 * The MCP server of the measurement: answers every request with the same small result, as cheaply as a program in this
 * language can, so that the subject in front of it is what is measured. Prints its port.
 */
import { type AddressInfo, createServer } from 'node:net'

const result = '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"3"}]}}'
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${result.length}\r\n\r\n${result}`,
)

const server = createServer({ noDelay: true }, (socket) => {
  let waiting: Buffer | undefined
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    const bytes = waiting === undefined ? chunk : Buffer.concat([waiting, chunk])
    waiting = isWhole(bytes) ? undefined : bytes
    if (waiting === undefined) socket.write(answer)
  })
})
server.listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`))

/** One request at a time stands on a connection: neither the load generator nor a subject pipelines. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1] ?? '0'
  return bytes.length >= end + 4 + Number(length)
}
