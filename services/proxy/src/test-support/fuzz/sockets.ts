/** Requests as bytes over sockets of their own, and when to stop waiting for an answer, however busy the machine is. */
import { connect, type Socket } from 'node:net'

/** So many good requests are answered, one after another, while a bent one waits: then the rest of it never comes. */
const PATIENCE = 3
const PAUSE_MS = 20

export interface Sockets {
  /** What comes back: until the connection ends, or an answer is whole, or there is no use in waiting. */
  exchange(bytes: Buffer): Promise<string>
  /** Rejects with what {@link openSockets}' `good` has rejected with. */
  close(): Promise<void>
}

/** `good` sends a request that is right and resolves when it is answered. */
export function openSockets(port: number, good: () => Promise<unknown>): Sockets {
  const waiting = new Map<Socket, number>()
  let answered = 0
  const closing = new AbortController()
  async function beat(): Promise<void> {
    while (!closing.signal.aborted) {
      await good()
      answered++
      for (const [socket, since] of waiting) if (answered - since > PATIENCE) socket.destroy()
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  const beating = beat().finally(() => {
    for (const socket of waiting.keys()) socket.destroy()
  })
  return {
    exchange: (bytes) =>
      new Promise((resolve) => {
        const socket = connect({ port, host: '127.0.0.1', noDelay: true })
        let answer = ''
        waiting.set(socket, answered)
        socket.on('data', (chunk) => {
          answer += chunk.toString('latin1')
          waiting.set(socket, answered)
          if (isWhole(answer)) socket.destroy()
        })
        socket.on('error', () => undefined)
        socket.on('close', () => {
          waiting.delete(socket)
          resolve(answer)
        })
        socket.write(bytes)
      }),
    close() {
      closing.abort()
      return beating
    },
  }
}

/** The answers here have a length; what follows the first is looked at as far as it is there already. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n')
  const length = /^content-length: *(\d+)/im.exec(answer.slice(0, end))?.[1]
  return (
    end > 0 && !answer.startsWith('HTTP/1.1 100') && length !== undefined && answer.length >= end + 4 + Number(length)
  )
}
