import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { freePort } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { UpstreamControl, UpstreamHandler, UpstreamRequest } from '../client.ts'
import { Http1Pool, type PoolOptions } from './pool.ts'

const TIMEOUTS = { connectMs: 2_000, bodyMs: 0, idleMs: 4_000 }
const REQUEST: UpstreamRequest = {
  method: 'POST',
  path: '/mcp',
  headers: [],
  body: Buffer.from('{}'),
  headersTimeout: 2_000,
}
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A server that answers every whole request by `answer`, called with what the request was and how many came before it. */
async function world(
  answer: (socket: Socket, request: string, count: number) => void,
  options: Partial<PoolOptions> = {},
) {
  const sockets: Socket[] = []
  const requests: string[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    let text = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (!/\r\n\r\n(?:\{\}$|$)|0\r\n\r\n$/.test(text)) return
      requests.push(text)
      answer(socket, text, requests.length - 1)
      text = ''
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = (server.address() as AddressInfo).port
  const pool = new Http1Pool(`http://127.0.0.1:${port}`, { ...TIMEOUTS, ...options })
  onTestFinished(async () => {
    await pool.destroy()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    pool,
    port,
    sockets,
    requests,
    send: (request: Partial<UpstreamRequest> = {}) => send(pool, { ...REQUEST, ...request }),
  }
}

interface Outcome {
  readonly status: number
  readonly body: string
  readonly error: (Error & { readonly code?: unknown }) | undefined
}

interface Sent extends Promise<Outcome> {
  readonly control: UpstreamControl | undefined
}

function send(pool: Http1Pool, request: UpstreamRequest): Sent {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  let status = 0
  let body = ''
  const handler = {
    control: undefined as UpstreamControl | undefined,
    onRequestStart(control) {
      this.control = control
    },
    onResponseStart: (_, code) => {
      status = code
    },
    onResponseData: (_, chunk) => {
      body += chunk.toString()
    },
    onResponseEnd: () => resolve({ status, body, error: undefined }),
    onResponseError: (_, error) => resolve({ status, body, error }),
  } satisfies UpstreamHandler & { control: UpstreamControl | undefined }
  pool.dispatch(request, handler)
  return Object.defineProperty(promise, 'control', { get: () => handler.control }) as Sent
}

describe('a connection', () => {
  it('is used again, and the one that was used last is used next', async () => {
    const { send, sockets } = await world((socket) => socket.write(ANSWER))
    await Promise.all([send(), send()])
    for (let i = 0; i < 5; i++) expect(await send()).toEqual({ status: 200, body: 'ok', error: undefined })
    expect(sockets).toHaveLength(2)
  })

  it.each<[string, string, Partial<UpstreamRequest>]>([
    ['that the server will close', 'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n', {}],
    [
      'that the server will close, among other things',
      'HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 0\r\n\r\n',
      {},
    ],
    [
      'that the server keeps for a second',
      'HTTP/1.1 200 OK\r\nKeep-Alive: max=5, timeout=1\r\nContent-Length: 0\r\n\r\n',
      {},
    ],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n', {}],
    [
      'after HEAD, which some servers follow with a body',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
      { method: 'HEAD', body: null },
    ],
    ['after a 204 that speaks of a body', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', {}],
    ['after bytes that nobody asked for', `${ANSWER}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen`, {}],
  ])('is not used again: one %s', async (_what, answer, request) => {
    const { send, sockets } = await world((socket) => socket.write(answer))
    expect(await send(request)).toMatchObject({ error: undefined })
    expect((await send(request)).body).not.toBe('stolen')
    expect(sockets).toHaveLength(2)
  })

  it('is dropped when something comes over it that nobody asked for', async () => {
    const { send, sockets } = await world((socket, _request, count) => {
      socket.write(ANSWER)
      if (count === 0) setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen'), 20)
    })
    await send()
    await once(sockets[0] as Socket, 'close')
    expect(await send()).toMatchObject({ body: 'ok' })
    expect(sockets).toHaveLength(2)
  })

  it('is closed after the idle time, and the pool closes when its last one has', async () => {
    const { pool, send, sockets } = await world((socket) => socket.write(ANSWER), { idleMs: 100 })
    await send()
    await once(sockets[0] as Socket, 'close')
    await expect(pool.close()).resolves.toBeUndefined()
  })

  it('goes with a turn that its handler ends in the middle of what was read, and takes no other with it', async () => {
    const { pool, send } = await world((socket) => socket.write(ANSWER), { connectionsMax: 1 })
    const picky = {
      onRequestStart: () => undefined,
      onResponseStart: (control: UpstreamControl) => control.abort(new Error('not this one')),
      onResponseData: () => undefined,
      onResponseEnd: () => undefined,
      onResponseError: () => undefined,
    }
    pool.dispatch(REQUEST, picky)
    expect(await send()).toEqual({ status: 200, body: 'ok', error: undefined })
  })

  it('belongs to the turn that is on it: a control of the one before does nothing', async () => {
    const { send, sockets } = await world((socket, _request, count) => {
      if (count === 0) socket.write(ANSWER)
      else setTimeout(() => socket.write(ANSWER), 50)
    })
    const first = send()
    await first
    const second = send()
    first.control?.abort(new Error('too late'))
    first.control?.pause()
    expect(await second).toMatchObject({ body: 'ok', error: undefined })
    expect(sockets).toHaveLength(1)
  })
})

describe('of more calls than connections', () => {
  it('each waits for its turn, and one that is given up leaves the queue', async () => {
    const { send, sockets, requests } = await world((socket) => setTimeout(() => socket.write(ANSWER), 20), {
      connectionsMax: 2,
    })
    const sent = Array.from({ length: 5 }, () => send())
    sent[3]?.control?.abort(new Error('gone'))
    const outcomes = await Promise.all(sent)
    expect(outcomes.map(({ body, error }) => error?.message ?? body)).toEqual(['ok', 'ok', 'ok', 'gone', 'ok'])
    expect([sockets.length, requests.length]).toEqual([2, 4])
  })

  it('the next opens its own when the one before it took the connection with it', async () => {
    const { send } = await world((socket, _request, count) => (count === 0 ? socket.destroy() : socket.write(ANSWER)), {
      connectionsMax: 1,
    })
    const [first, second] = await Promise.all([send(), send()])
    expect(first.error).toBeDefined()
    expect(second).toMatchObject({ body: 'ok', error: undefined })
  })
})

describe('a request', () => {
  async function* pieces(...texts: string[]) {
    for (const text of texts) yield Buffer.from(text)
  }

  it.each<[string, Partial<UpstreamRequest>, string]>([
    ['with a body', {}, 'content-length: 2\r\n\r\n{}'],
    ['of POST without one', { body: null }, 'content-length: 0\r\n\r\n'],
    ['of GET', { method: 'GET', body: null }, 'connection: keep-alive\r\n\r\n'],
    ['in pieces', { body: pieces('ab', '', 'c') }, 'transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n'],
    [
      'in pieces of a stated length',
      { headers: ['Content-Length', '2'], body: pieces('{', '}') },
      'Content-Length: 2\r\n\r\n{}',
    ],
  ])('%s is framed in one way', async (_what, request, end) => {
    const { send, requests } = await world((socket) => socket.write(ANSWER))
    expect(await send(request)).toMatchObject({ body: 'ok' })
    expect(requests[0]).toMatch(/^[A-Z]+ \/mcp HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/)
    expect(requests[0]?.endsWith(end)).toBe(true)
    expect(requests[0]?.match(/content-length|transfer-encoding/gi)?.length ?? 0).toBeLessThan(2)
  })

  it.each<[string, Partial<UpstreamRequest>]>([
    ['a line end', { headers: ['x-a', 'b\r\nx-user-id: eve'] }],
    ['a character whose low byte is one', { headers: ['x-a', 'b\u010d\u010ax-user-id: eve'] }],
    ['a line end in a name', { headers: ['x-a: b\r\nx-b', 'c'] }],
    ['a space in the path', { path: '/mcp HTTP/1.1\r\nx-user-id: eve\r\n\r\n' }],
    ['a space in the method', { method: 'GET /' }],
  ])('with %s in it does not leave', async (_what, request) => {
    const { send, requests } = await world((socket) => socket.write(ANSWER))
    expect((await send(request)).error).toMatchObject({ code: 'ERR_INVALID_REQUEST' })
    expect(requests).toHaveLength(0)
  })

  it('whose body fails ends on the wire as well', async () => {
    const { send, requests, sockets } = await world((socket) => socket.write(ANSWER))
    const failing = (async function* () {
      yield Buffer.from('a')
      throw new Error('the client is gone')
    })()
    expect((await send({ body: failing })).error?.message).toBe('the client is gone')
    await once(sockets[0] as Socket, 'close')
    expect(requests).toHaveLength(0)
  })

  it('that is answered before it has left takes its connection with it', async () => {
    const server = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .once('data', () => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const pool = new Http1Pool(origin, { ...TIMEOUTS, idleMs: 60_000 })
    onTestFinished(async () => {
      await pool.destroy()
      server.close()
    })
    const { promise: forever, resolve } = Promise.withResolvers<void>()
    const endless = (async function* () {
      yield Buffer.from('a')
      await forever
      yield Buffer.from('b')
    })()
    const closed = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'))
    expect(await send(pool, { ...REQUEST, body: endless })).toMatchObject({ status: 413, error: undefined })
    resolve()
    await closed
  })
})

describe('a backend', () => {
  it.each<[string, string, Partial<PoolOptions>]>([
    ['that says nothing', '', {}],
    ['that says but half a head', 'HTTP/1.1 200 OK\r\nX-A', {}],
    ['that falls silent in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na', { bodyMs: 50 }],
  ])('%s is given up after its time', async (_what, answer, options) => {
    const { send } = await world((socket) => socket.write(answer), options)
    expect((await send({ headersTimeout: 50 })).error).toMatchObject({ code: 'ERR_ANSWER_LATE' })
  })

  it('that is not there fails with the code of the system', async () => {
    const pool = new Http1Pool(`http://127.0.0.1:${await freePort()}`, TIMEOUTS)
    onTestFinished(() => pool.destroy())
    expect((await send(pool, REQUEST)).error).toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('that changes the protocol unasked is refused', async () => {
    const { send } = await world((socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'))
    expect((await send()).error).toBeDefined()
  })
})
