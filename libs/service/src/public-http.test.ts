import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { fakeHost } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { serveApps } from './serve.ts'
import { appOf, servingOf } from './test-support/serving.ts'

/** What the server answers to these bytes. */
async function answerTo(bytes: string): Promise<string> {
  const host = fakeHost([])
  const { serving, serves } = await servingOf(host, [appOf((_request, response) => response.end('served'))])
  const ended = serveApps(serving)
  const { public: port } = await serves
  const socket = createConnection(port, '127.0.0.1')
  socket.write(bytes)
  const answer = await text(socket)
  host.signal('SIGINT')
  await ended
  return answer
}

describe('what Node refuses before any handler sees it is answered as JSON', () => {
  it.each([
    ['a malformed request line', 'NONSENSE\r\n\r\n', 400],
    ['a malformed header', 'GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s', async (_, bytes, status) => {
    const answer = await answerTo(bytes)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain('{"error":"invalid_request","error_description":"')
  })

  it('CONNECT: 405 with Allow, no tunnel', async () => {
    const answer = await answerTo('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n/)
    expect(answer).toContain('Allow: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS')
  })

  it('a probe with another method: 405 with Allow', async () => {
    const answer = await answerTo('POST /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 405 /)
    expect(answer).toContain('Allow: GET, HEAD')
  })
})
