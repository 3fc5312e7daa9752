/**
 * One round of load at a steady rate, as a process of its own: requests leave when they are due, whatever became of those
 * before them, and each is timed from when it was due. Its one argument is a {@link SteadyLoad} as JSON; prints a {@link Steady}.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface SteadyLoad {
  readonly url: string
  readonly token: string
  readonly call: string
  readonly perSecond: number
  readonly seconds: number
}

export interface Steady {
  readonly sent: number
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const CONNECTIONS = 64
/** Until the connections stand. */
const SETTLE_MS = 200

const load = JSON.parse(process.argv[2] ?? '') as SteadyLoad
const { hostname, port, host, pathname } = new URL(load.url)
const request = Buffer.from(
  `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${load.token}\r\nContent-Type: application/json\r\n` +
    `Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-06-18\r\nContent-Length: ${load.call.length}\r\n\r\n${load.call}`,
)
/** Due times of what no connection was free for. */
const waiting: number[] = []
const idle: Connection[] = []
const times: number[] = []
let failed = 0

class Connection {
  readonly #socket: Socket
  #due = 0
  #answer = ''

  constructor() {
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => this.#free())
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#socket.on('error', (error) => {
      throw error
    })
  }

  send(due: number): void {
    this.#due = due
    this.#socket.write(request)
  }

  #read(chunk: Buffer): void {
    this.#answer += chunk.toString('latin1')
    const end = this.#answer.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = Number(/content-length: *(\d+)/i.exec(this.#answer)?.[1] ?? 0)
    if (this.#answer.length < end + 4 + length) return
    times.push(performance.now() - this.#due)
    if (!this.#answer.startsWith('HTTP/1.1 200 ')) failed++
    this.#answer = ''
    this.#free()
  }

  #free(): void {
    const due = waiting.shift()
    if (due === undefined) idle.push(this)
    else this.send(due)
  }
}

Array.from({ length: CONNECTIONS }, () => new Connection())
await pause(SETTLE_MS)
const total = load.perSecond * load.seconds
const startedAt = performance.now()
for (let sent = 0; sent < total; await pause(1)) {
  const dueBy = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * load.perSecond))
  for (; sent < dueBy; sent++) {
    const due = startedAt + (sent / load.perSecond) * 1_000
    const connection = idle.pop()
    if (connection) connection.send(due)
    else waiting.push(due)
  }
}
while (times.length < total) await pause(5)
const sorted = times.toSorted((a, b) => a - b)
const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
const steady: Steady = { sent: total, failed, p50Ms: at(0.5), p99Ms: at(0.99) }
console.log(JSON.stringify(steady))
process.exit(0)
