/** Requests to a token endpoint over connections that stay open, one request at a time on each, written and read by hand. */
import { connect, type Socket } from 'node:net'

export interface Connection {
  /** @throws when the answer is no 200 */
  post(fields: Readonly<Record<string, string>>): Promise<TokenAnswer>
  close(): void
}

export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token: string
}

export async function openConnection(url: URL): Promise<Connection> {
  const socket = connect({ port: Number(url.port), host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const read = readerOf(socket)
  const head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n`
  return {
    async post(fields) {
      const body = new URLSearchParams(fields).toString()
      socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)
      const answer = await read()
      const text = answer.slice(answer.indexOf('\r\n\r\n') + 4)
      if (!answer.startsWith('HTTP/1.1 200')) throw new Error(`${url.href}: ${answer}`)
      return JSON.parse(text) as TokenAnswer
    },
    close: () => socket.destroy(),
  }
}

/** One whole answer for each call. */
function readerOf(socket: Socket): () => Promise<string> {
  let waiting: PromiseWithResolvers<string> | undefined
  let bytes = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    bytes += chunk
    if (!isWhole(bytes)) return
    const answer = bytes
    bytes = ''
    waiting?.resolve(answer)
  })
  socket.on('close', () => waiting?.reject(new Error('the connection was closed')))
  return () => {
    waiting = Promise.withResolvers<string>()
    return waiting.promise
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1]
  if (length === undefined) throw new Error(`an answer without a length: ${text.slice(0, end)}`)
  return text.length >= end + 4 + Number(length)
}
