/** `filter_lists`: answers to `tools/list` and its like show only what the caller may ask for. */
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Service } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { service, startProxy } from './test-support/proxy.ts'

const listed = (id: number, ...names: string[]) => ({
  jsonrpc: '2.0',
  id,
  result: { tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })), nextCursor: 'more' },
})
const JSON_TYPE = { 'Content-Type': 'application/json' }
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

async function world(answer: RequestListener, fields: Partial<Service> = {}) {
  const backend = await startBackend(answer)
  const tools = { delete: ['write'], 'admin_*': { scopes: [], groups: ['admins'] } }
  const entry = { scopes: ['read', 'write'], tools, filter_lists: true, ...fields }
  const proxy = await startProxy({
    config: { limits: { body_bytes: 10_000 } },
    services: [service(backend.origin, entry)],
  })
  const headers = (claims: Record<string, unknown> = {}) => ({
    Authorization: `Bearer ${proxy.token({ scope: 'read', jti: JSON.stringify(claims), ...claims })}`,
    'Accept-Encoding': 'gzip, br',
  })
  const list = async (claims?: Record<string, unknown>, body: unknown = LIST) =>
    proxy.send('/calculator/mcp', { headers: headers(claims), body: JSON.stringify(body) })
  return { backend, proxy, headers, list }
}
const names = (answer: { json(): Record<string, unknown> }) =>
  (answer.json()['result'] as { tools: { name: string }[] }).tools.map(({ name }) => name)

const all = JSON.stringify(listed(1, 'add', 'delete', 'admin_purge'))
const whole: RequestListener = (_request, response) =>
  response.writeHead(200, { ...JSON_TYPE, 'Content-Length': String(all.length), ETag: '"1"' }).end(all)

describe('a list of tools', () => {
  it('shows each caller what it may call, by scopes and by groups, and keeps its cursor', async () => {
    const { backend, list } = await world(whole)
    const answer = await list()
    expect(answer.json()).toEqual(listed(1, 'add'))
    expect(answer.headers).toMatchObject({ 'content-length': String(answer.body.length) })
    expect(answer.headers['etag']).toBeUndefined()
    expect(names(await list({ scope: 'write' }))).toEqual(['add', 'delete'])
    expect(names(await list({ groups: ['admins'] }))).toEqual(['add', 'admin_purge'])
    // It is asked for plain, since nothing that is coded is read.
    expect(backend.seen.map((seen) => seen.headers['accept-encoding'])).toEqual(Array(3).fill('identity'))
  })

  it('that nothing is taken out of passes byte for byte', async () => {
    const text = '{ "jsonrpc":"2.0","id":1,  "result":{"tools":[{"name":"add"}]} }'
    const { list } = await world((_request, response) => response.writeHead(200, JSON_TYPE).end(text))
    expect((await list()).body.toString()).toBe(text)
  })

  it('is as the backend gives it where the service does not say so, and on other calls', async () => {
    const { list } = await world(whole, { filter_lists: false })
    expect((await list()).body.toString()).toBe(all)
    const filtered = await world(whole)
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add' } }
    expect((await filtered.list({}, call)).body.toString()).toBe(all)
    expect(filtered.backend.seen[0]?.headers['accept-encoding']).toBe('gzip, br')
  })

  it('in a batch is shortened among the other answers', async () => {
    const { list } = await world((_request, response) =>
      response.writeHead(200, JSON_TYPE).end(JSON.stringify([{ id: 2, result: {} }, listed(1, 'add', 'delete')])),
    )
    const answer = await list({}, [{ jsonrpc: '2.0', id: 2, method: 'ping' }, LIST])
    expect(answer.json()).toEqual([{ id: 2, result: {} }, listed(1, 'add')])
  })

  it('that an error answers is left alone, whatever its status', async () => {
    const error = '{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"x","data":{"supported":["2025-11-25"]}} }'
    const { list } = await world((_request, response) => response.writeHead(400, JSON_TYPE).end(error))
    const answer = await list()
    expect([answer.status, answer.body.toString()]).toEqual([400, error])
  })

  it.each([
    ['coded though it was asked for plain', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, gzipSync(all)],
    ['longer than is held', JSON_TYPE, JSON.stringify(listed(1, 'x'.repeat(20_000)))],
  ])('(%s) is 502, never shown unread', async (_what, headers, body) => {
    const { list } = await world((_request, response) => response.writeHead(200, headers).end(body))
    const answer = await list()
    expect([answer.status, answer.json()]).toMatchObject([502, { error: { code: -32_006 } }])
  })
})

describe('a list of tools in an event stream', () => {
  const EVENTS = { 'Content-Type': 'text/event-stream' }
  const event = (value: unknown, id = 1) => `id: ${id}\ndata: ${JSON.stringify(value)}\n\n`

  it('is shortened in its event, however its bytes come, and the events before it have passed already', async () => {
    const progress = ': hello\n\nevent: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n'
    const go = Promise.withResolvers<undefined>()
    const { proxy, headers } = await world((_request, response) => {
      response.writeHead(200, EVENTS).write(progress)
      void go.promise.then(async () => {
        const bytes = Buffer.from(event(listed(1, 'add', 'delete')))
        for (const byte of bytes) await new Promise((resolve) => response.write(Buffer.from([byte]), resolve))
        response.end()
      })
    })
    const stream = await proxy.open('/calculator/mcp', { headers: headers(), body: JSON.stringify(LIST) })
    let text = ''
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await expect.poll(() => text).toBe(progress)
    go.resolve(undefined)
    await once(stream, 'end')
    expect(text).toBe(progress + event(listed(1, 'add')))
  })

  it('is shortened where a GET stream repeats it', async () => {
    const { proxy, headers } = await world((_request, response) =>
      response.writeHead(200, EVENTS).end(event(listed(1, 'add', 'delete'), 9)),
    )
    const answer = await proxy.send('/calculator/mcp', {
      method: 'GET',
      headers: { ...headers(), 'Last-Event-ID': '8' },
    })
    expect(answer.body.toString()).toBe(event(listed(1, 'add'), 9))
  })

  it('that is longer than is held ends the stream, visibly', async () => {
    const go = Promise.withResolvers<undefined>()
    const { proxy, headers } = await world((_request, response) => {
      response.writeHead(200, EVENTS).write(': begun\n\n')
      void go.promise.then(() => response.end(event(listed(1, 'x'.repeat(1_000_000)))))
    })
    const stream = await proxy.open('/calculator/mcp', { headers: headers(), body: JSON.stringify(LIST) })
    go.resolve(undefined)
    await expect(once(stream.resume(), 'end')).rejects.toThrow('aborted')
  })
})
