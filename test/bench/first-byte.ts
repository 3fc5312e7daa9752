/**
 * How long the first byte of an event stream takes, one stream after the other, each on a connection that stands: as a process
 * of its own. Its one argument is a {@link FirstByteLoad} as JSON; prints a {@link FirstByte}.
 */
import { once } from 'node:events'
import { connect } from 'node:net'

export interface FirstByteLoad {
  readonly url: string
  readonly token: string
  readonly streams: number
}

export interface FirstByte {
  readonly p50Ms: number
  readonly p99Ms: number
}

const load = JSON.parse(process.argv[2] ?? '') as FirstByteLoad
const { hostname, port, host, pathname } = new URL(load.url)
const head = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${load.token}\r\nAccept: text/event-stream\r\n\r\n`
const times: number[] = []
for (let i = 0; i < load.streams; i++) times.push(await openOne())
const sorted = times.toSorted((a, b) => a - b)
const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
console.log(JSON.stringify({ p50Ms: at(0.5), p99Ms: at(0.99) } satisfies FirstByte))

async function openOne(): Promise<number> {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  const startedAt = performance.now()
  socket.write(head)
  let text = ''
  while (!text.includes('data: ')) {
    text += String(((await once(socket, 'data')) as [Buffer])[0])
    if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(`no event stream: ${text}`)
  }
  const took = performance.now() - startedAt
  socket.destroy()
  return took
}
