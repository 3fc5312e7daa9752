/** A network between a client and a server that can be slow, or gone. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** What the server says arrives this much later, from now on. */
  delay(ms: number): void
  /** Every connection breaks, and none is made. */
  cut(): void
  /** Connections are made again, and nothing is late. */
  mend(): void
  stop(): Promise<void>
}

export async function startTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let isCut = false
  let delayMs = 0
  const server = createServer((client) => {
    if (isCut) {
      client.destroy()
      return
    }
    const upstream = connect(target.port, target.host)
    client.pipe(upstream)
    upstream.on('data', (chunk) => {
      if (delayMs === 0) client.write(chunk)
      else setTimeout(() => client.write(chunk), delayMs)
    })
    join(client, upstream, sockets)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const breakAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  const stop = async () => {
    breakAll()
    server.close()
    await once(server, 'close')
  }
  return {
    host: '127.0.0.1',
    port: (server.address() as { port: number }).port,
    delay(ms) {
      delayMs = ms
    },
    cut() {
      isCut = true
      breakAll()
    },
    mend() {
      isCut = false
      delayMs = 0
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Two ends of one connection: they go together. */
function join(client: Socket, upstream: Socket, sockets: Set<Socket>): void {
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }
}
