import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { type ProxyUnderTest, service, startProxy } from './test-support/proxy.ts'

const TIMEOUT_MS = 300

/** A backend that answers a request's first bytes with whatever a server should not. */
async function rawBackend(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).once('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function world(origin: string) {
  const sound = await startBackend()
  const proxy = await startProxy({
    services: [service(origin, { timeout: TIMEOUT_MS }), service(sound.origin, { id: 'sound' })],
  })
  const headers = { Authorization: `Bearer ${proxy.token()}` }
  const send = () => proxy.send('/calculator/mcp', { headers, body: '{}' })
  return { proxy, headers, send }
}

/** Whatever happened to one service, the others go on, and so does the proxy. */
async function expectAlive(proxy: ProxyUnderTest): Promise<void> {
  const headers = { Authorization: `Bearer ${proxy.token({}, 'sound')}` }
  expect((await proxy.send('/sound/mcp', { headers, body: '{}' })).status).toBe(200)
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Of buffers that are still held by somebody. */
function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'

describe('before it has answered, a backend', () => {
  it.each<[string, number, (socket: Socket) => void]>([
    ['that says nothing', 504, () => undefined],
    ['that resets the connection', 502, (socket) => void socket.resetAndDestroy()],
    ['that closes it', 502, (socket) => void socket.end()],
    ['that sends half a head', 504, (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Ty')],
    ['that sends half a head and closes', 502, (socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Ty')],
    ['that sends a huge header', 502, (socket) => void socket.write(`${HEAD}X-Huge: ${'x'.repeat(1_000_000)}\r\n\r\n`)],
    ['that speaks another protocol', 502, (socket) => void socket.end('220 smtp.example ESMTP\r\n')],
    [
      'that states two lengths',
      502,
      (socket) => void socket.end(`${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`),
    ],
    ['that ends a header with a bare return', 502, (socket) => void socket.end(`${HEAD}X-A: b\rSet-Cookie: c\r\n\r\n`)],
  ])('%s is %i', async (_what, status, answer) => {
    const { proxy, send } = await world(await rawBackend(answer))
    const refused = await send()
    expect([refused.status, refused.json()]).toMatchObject([status, { jsonrpc: '2.0', id: null }])
    expect(refused.body.toString()).not.toMatch(/127\.0\.0\.1/)
    await expectAlive(proxy)
  })
})

describe('in the middle of an answer, a backend', () => {
  it.each<[string, (socket: Socket) => void]>([
    [
      'that resets',
      (socket) => void socket.write(`${HEAD}Content-Length: 100\r\n\r\n{`, () => socket.resetAndDestroy()),
    ],
    ['that stops short', (socket) => void socket.end(`${HEAD}Content-Length: 100\r\n\r\n{`)],
    [
      'that sends chunks that are none',
      (socket) => void socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\nzz\r\n`),
    ],
  ])('%s leaves an answer that does not look whole', async (_what, answer) => {
    const { proxy, headers } = await world(await rawBackend(answer))
    const outcome = await proxy
      .send('/calculator/mcp', { headers, body: '{}' })
      .then(({ status }) => status)
      .catch((error: NodeJS.ErrnoException) => error.code)
    expect(['ECONNRESET', 502]).toContain(outcome)
    await expectAlive(proxy)
  })

  it('that sends one byte a time is passed on byte by byte, beyond any timeout', async () => {
    const origin = await rawBackend((socket) => {
      socket.write(`${HEAD}Content-Length: 10\r\n\r\n`)
      let sent = 0
      const timer = setInterval(() => {
        socket.write(String(sent++))
        if (sent === 10) clearInterval(timer)
      }, 50)
    })
    const { send } = await world(origin)
    const answer = await send()
    expect([answer.status, answer.body.toString()]).toEqual([200, '0123456789'])
  })

  it('that sends 100 MB costs no memory that grows with it', async () => {
    const total = 100 * 1024 * 1024
    const block = Buffer.alloc(1024 * 1024)
    const origin = await rawBackend((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
      let sent = 0
      const pump = () => {
        while (sent < total) {
          sent += block.length
          if (!socket.write(block)) return void socket.once('drain', pump)
        }
      }
      pump()
    })
    const { proxy, headers } = await world(origin)
    const stream = await proxy.open('/calculator/mcp', { headers })
    const before = heldBytes()
    let received = 0
    let looked = 0
    let most = 0
    for await (const chunk of stream) {
      received += (chunk as Buffer).length
      if (received - looked < 10 * block.length) continue
      looked = received
      most = Math.max(most, heldBytes())
    }
    expect(received).toBe(total)
    expect(most - before).toBeLessThan(total / 2)
  }, 60_000)
})

describe('many event streams that say nothing', () => {
  it('hold no buffers and little else', async () => {
    const backend = await startBackend((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: begun\n\n')
    })
    const proxy = await startProxy({
      config: { limits: { user_concurrent: 500 } },
      services: [service(backend.origin)],
    })
    const headers = { Authorization: `Bearer ${proxy.token()}` }
    const open = async () => {
      const stream = await proxy.open('/calculator/mcp', { headers })
      await once(stream, 'data')
      return stream
    }
    const streams = [await open()]
    const before = heldBytes()
    while (streams.length < 201) streams.push(...(await Promise.all(Array.from({ length: 20 }, open))))
    expect((heldBytes() - before) / 200).toBeLessThan(8 * 1024)
    for (const stream of streams) stream.destroy()
  }, 30_000)
})

describe('a hostile client', () => {
  /** What the proxy answers to bytes, until it closes or has nothing more to say. */
  async function raw(port: number, bytes: string): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined)
    socket.end(bytes)
    await once(socket, 'close')
    return Buffer.concat(chunks).toString()
  }

  it.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunked twice', 'Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n'],
    ['a coding that is not chunked', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['a signed length', 'Content-Length: +2\r\n\r\n{}'],
    ['a folded header', 'X-A: a\r\n b\r\nX-B: c\r\n\r\n'],
    ['a bare line feed', 'X-A: a\nX-B: c\r\n\r\n'],
    ['a space before the colon', 'Content-Length : 2\r\n\r\n{}'],
  ])('who frames a request in two ways (%s) reaches no backend with a second reading', async (_what, rest) => {
    const backend = await startBackend()
    const proxy = await startProxy({ services: [service(backend.origin, { auth_required: false })] })
    const head = 'POST /calculator/mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
    const answer = await raw(proxy.port, head + rest)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(backend.seen).toHaveLength(0)
  })

  it('who aborts uploads again and again leaves nothing behind', async () => {
    const backend = await startBackend()
    const proxy = await startProxy({
      config: { limits: { user_concurrent: 3 } },
      services: [service(backend.origin, { tools: { x: ['read'] } })],
    })
    const headers = { Authorization: `Bearer ${proxy.token()}` }
    for (let i = 0; i < 10; i++) {
      const socket = connect(proxy.port, '127.0.0.1')
      socket.write(
        `POST /calculator/mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${headers.Authorization}\r\nContent-Length: 10\r\n\r\n{`,
      )
      await new Promise((resolve) => setTimeout(resolve, 20))
      socket.destroy()
      await once(socket, 'close')
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } })
    await expect.poll(async () => (await proxy.send('/calculator/mcp', { headers, body })).status).toBe(200)
  })
})
