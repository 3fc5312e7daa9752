/** A network between a client and a server that can be slow, gone, or broken in one direction. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** What the server says arrives this much later, from now on. */
  delay(ms: number): void
  /** Every connection breaks, and none is made. */
  cut(): void
  /**
   * `hears` hears that the other side has finished; the other side hears nothing, ever, and what it says is lost. New
   * connections are whole.
   */
  halfClose(hears: 'client' | 'server'): void
  /** Connections are made again, and nothing is late. What was half closed stays so. */
  mend(): void
  stop(): Promise<void>
}

interface Line {
  readonly client: Socket
  readonly upstream: Socket
  halfClosed: boolean
  /** What the server said and the client has yet to hear, in order, whichever timer comes first. */
  readonly late: Buffer[]
}

export async function startTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const network = new Network(target)
  await network.listen()
  return network
}

class Network implements TcpProxy {
  readonly host = '127.0.0.1'
  port = 0
  readonly #target: { readonly host: string; readonly port: number }
  readonly #server = createServer((client) => this.#accept(client))
  readonly #lines = new Set<Line>()
  #isCut = false
  #delayMs = 0

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target
  }

  async listen(): Promise<void> {
    this.#server.listen(0, this.host)
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as { port: number }).port
  }

  delay(ms: number): void {
    this.#delayMs = ms
  }

  cut(): void {
    this.#isCut = true
    this.#breakAll()
  }

  halfClose(hears: 'client' | 'server'): void {
    for (const line of this.#lines) {
      line.halfClosed = true
      line.client.unpipe().resume()
      if (hears === 'server') line.upstream.end()
      else line.client.end()
    }
  }

  mend(): void {
    this.#isCut = false
    this.#delayMs = 0
  }

  async stop(): Promise<void> {
    this.#breakAll()
    this.#server.close()
    await once(this.#server, 'close')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #accept(client: Socket): void {
    if (this.#isCut) {
      client.destroy()
      return
    }
    const upstream = connect(this.#target.port, this.#target.host)
    const line: Line = { client, upstream, halfClosed: false, late: [] }
    this.#lines.add(line)
    client.setNoDelay().pipe(upstream.setNoDelay())
    upstream.on('data', (chunk: Buffer) => {
      line.late.push(chunk)
      const pass = () => {
        const next = line.late.shift()
        if (next && !line.halfClosed) client.write(next)
      }
      if (this.#delayMs === 0 && line.late.length === 1) pass()
      else setTimeout(pass, this.#delayMs)
    })
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy())
    client.on('close', () => {
      this.#lines.delete(line)
      upstream.destroy()
    })
    upstream.on('close', () => void (line.halfClosed || client.destroy()))
  }

  #breakAll(): void {
    for (const { client, upstream } of this.#lines) {
      client.destroy()
      upstream.destroy()
    }
  }
}
