import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { service, startProxy } from './test-support/proxy.ts'

/** A backend that leaves the answer to the test. */
async function world() {
  const exchanges: { request: IncomingMessage; response: ServerResponse }[] = []
  const arrived = Promise.withResolvers<{ request: IncomingMessage; response: ServerResponse }>()
  const backend = await startBackend((request, response) => {
    exchanges.push({ request, response })
    arrived.resolve({ request, response })
  })
  const proxy = await startProxy({ services: [service(backend.origin, { timeout: 60_000 })] })
  const headers = { Authorization: `Bearer ${proxy.token()}`, Accept: 'text/event-stream' }
  return { proxy, headers, arrived: arrived.promise }
}

async function chunk(stream: IncomingMessage): Promise<string> {
  const [data] = (await once(stream, 'data')) as [Buffer]
  return data.toString()
}

describe('an event stream', () => {
  it('has its headers before the first event, and each event when the backend wrote it (original-10, pain-11)', async () => {
    const { proxy, headers, arrived } = await world()
    const opening = proxy.open('/calculator/mcp', { headers })
    const { response } = await arrived
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
    const stream = await opening
    expect(stream.headers['content-type']).toBe('text/event-stream')
    for (const event of ['id: 1\ndata: a\n\n', ': keep-alive\n\n', 'id: 2\ndata: b\n\n']) {
      response.write(event)
      expect(await chunk(stream)).toBe(event)
    }
    response.end()
    await once(stream.resume(), 'end')
    expect(stream.complete).toBe(true)
  })

  it('is cancelled at the backend when the client goes away, at once (T8)', async () => {
    const { proxy, headers, arrived } = await world()
    const abort = new AbortController()
    const opening = proxy.open('/calculator/mcp', { headers, signal: abort.signal })
    const { request, response } = await arrived
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
    const stream = await opening
    stream.on('error', () => undefined)
    const closed = once(request.socket, 'close')
    abort.abort()
    await closed
    expect(response.writableFinished).toBe(false)
  })

  it('is cancelled at the backend even before it has answered', async () => {
    const { proxy, headers, arrived } = await world()
    const abort = new AbortController()
    const opening = proxy.open('/calculator/mcp', { headers, signal: abort.signal, body: '{}' }).catch(() => undefined)
    const { request } = await arrived
    const closed = once(request.socket, 'close')
    abort.abort()
    await Promise.all([closed, opening])
    expect((await proxy.audited()).map(({ data }) => [data.status, data.reason])).toEqual([[undefined, 'client_gone']])
  })

  it('ends for the client when the backend dies, and does not look complete', async () => {
    const { proxy, headers, arrived } = await world()
    const opening = proxy.open('/calculator/mcp', { headers })
    const { request, response } = await arrived
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: a\n\n')
    const stream = await opening
    expect(await chunk(stream)).toBe('data: a\n\n')
    const ended = new Promise((resolve) => stream.on('error', resolve).on('aborted', resolve).resume())
    request.socket.destroy()
    await ended
    expect(stream.complete).toBe(false)
  })

  it('is not ended by the timeout, which bounds the first byte only', async () => {
    const backend = await startBackend((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      setTimeout(() => response.end('data: late\n\n'), 400)
    })
    const proxy = await startProxy({ services: [service(backend.origin, { timeout: 100 })] })
    const answer = await proxy.send('/calculator/mcp', { headers: { Authorization: `Bearer ${proxy.token()}` } })
    expect([answer.status, answer.body.toString()]).toEqual([200, 'data: late\n\n'])
  })
})

describe('a slow client', () => {
  it('slows the backend down instead of filling memory', async () => {
    const total = 64 * 1024 * 1024
    let written = 0
    const { proxy, headers, arrived } = await world()
    const opening = proxy.open('/calculator/mcp', { headers })
    const { response } = await arrived
    response.writeHead(200, { 'Content-Length': String(total) })
    const block = Buffer.alloc(1024 * 1024)
    const pump = () => {
      while (written < total) {
        written += block.length
        if (!response.write(block)) return response.once('drain', pump)
      }
      return response.end()
    }
    pump()
    const stream = await opening
    stream.pause()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(written).toBeLessThan(total / 2)
    let received = 0
    stream.on('data', (data: Buffer) => (received += data.length))
    stream.resume()
    await once(stream, 'end')
    expect(received).toBe(total)
  })

  it('that never finishes its small body holds no connection to the backend', async () => {
    const backend = await startBackend()
    const proxy = await startProxy({ services: [service(backend.origin)] })
    const socket = connect(proxy.port, '127.0.0.1')
    const head = `POST /calculator/mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${proxy.token()}\r\n`
    socket.write(`${head}Content-Length: 10\r\n\r\n{`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    socket.destroy()
    expect(backend.seen).toHaveLength(0)
  })
})

describe('interim responses and trailers', () => {
  it('end at the gateway', async () => {
    const { proxy, headers, arrived } = await world()
    const opening = proxy.open('/calculator/mcp', { headers })
    const { response } = await arrived
    response.writeEarlyHints({ link: '</style.css>; rel=preload' })
    response.writeHead(200, { Trailer: 'X-Sum' })
    response.write('a')
    response.addTrailers({ 'X-Sum': '1' })
    response.end()
    const stream = await opening
    await once(stream.resume(), 'end')
    expect([stream.statusCode, stream.headers.trailer, stream.trailers]).toEqual([200, undefined, {}])
  })
})
