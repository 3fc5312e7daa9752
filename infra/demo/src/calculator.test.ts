import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDemoCalculator } from './calculator.ts'
import type { Running } from './listen.ts'

const info = { name: 'test', version: '1.0.0' }
const headers = { 'x-user-id': '42', 'x-user-name': 'S%C3%B8ren' }
let calculator: Running
let endpoint: URL

beforeAll(async () => {
  calculator = await startDemoCalculator({ host: '127.0.0.1', port: 0 })
  endpoint = new URL(`${calculator.url}/mcp`)
})
afterAll(() => calculator.close())

const post = (body: unknown, extra: Record<string, string> = {}) =>
  fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...extra },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: info },
}

async function openV2(mode: 'legacy' | 'auto' | { pin: string }) {
  const client = new ClientV2(info, { versionNegotiation: { mode } })
  await client.connect(new TransportV2(endpoint, { requestInit: { headers } }))
  return client
}

async function openV1() {
  const client = new ClientV1(info)
  await client.connect(new TransportV1(endpoint, { requestInit: { headers } }))
  return client
}

const clients = {
  'SDK v1': openV1,
  'SDK v2 legacy': () => openV2('legacy'),
  'SDK v2 auto': () => openV2('auto'),
  'SDK v2 pinned to 2026-07-28': () => openV2({ pin: '2026-07-28' }),
}

describe.each(Object.entries(clients))('the demo calculator, asked by %s', (_name, open) => {
  it('lists its tools and calculates', async () => {
    const client = await open()
    const { tools } = await client.listTools()
    expect(tools.map((tool) => tool.name)).toEqual(['add', 'multiply', 'count', 'whoami'])
    const sum = await client.callTool({ name: 'add', arguments: { a: 2, b: 40 } })
    expect(sum.structuredContent).toEqual({ result: 42 })
    const product = await client.callTool({ name: 'multiply', arguments: { a: 6, b: 7 } })
    expect(product.structuredContent).toEqual({ result: 42 })
    await client.close()
  })

  it('streams the progress of a slow tool', async () => {
    const client = await open()
    const seen: number[] = []
    const onprogress = ({ progress }: { progress: number }) => seen.push(progress)
    const call = { name: 'count', arguments: { steps: 3, delay_ms: 5 } }
    const counted =
      client instanceof ClientV1
        ? await client.callTool(call, undefined, { onprogress })
        : await client.callTool(call, { onprogress })
    expect(counted.structuredContent).toEqual({ counted: 3 })
    expect(seen).toEqual([1, 2, 3])
    await client.close()
  })

  it('tells which identity headers it received, decoded', async () => {
    const client = await open()
    const { structuredContent } = await client.callTool({ name: 'whoami', arguments: {} })
    expect(structuredContent).toEqual({
      received: { 'x-user-id': '42', 'x-user-name': 'Søren' },
      absent: ['x-user-email', 'x-user-provider', 'x-user-avatar'],
    })
    await client.close()
  })
})

describe('the demo calculator', () => {
  it('opens a session, a GET stream at once, and ends both by DELETE (MCP 2025-11-25)', async () => {
    const opened = await post(initialize)
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id')! }
    await opened.body?.cancel()
    const stream = await fetch(endpoint, { headers: { accept: 'text/event-stream', ...session } })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect((await fetch(endpoint, { method: 'DELETE', headers: session })).status).toBe(200)
    expect(await stream.text()).toBe('')
    expect((await post({ jsonrpc: '2.0', id: 2, method: 'ping' }, session)).status).toBe(404)
  })

  it('needs no session in the modern era and gives none (MCP 2026-07-28)', async () => {
    const client = await openV2({ pin: '2026-07-28' })
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28')
    expect((client.transport as TransportV2).sessionId).toBeUndefined()
    await client.close()
  })

  it('answers malformed JSON with a parse error, other paths with 404, a foreign Origin with 403', async () => {
    const malformed = await post('{')
    expect(malformed.status).toBe(400)
    expect(await malformed.json()).toMatchObject({ error: { code: -32_700 } })
    expect((await fetch(calculator.url)).status).toBe(404)
    expect((await post(initialize, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' })).status).toBe(400)
  })
})
