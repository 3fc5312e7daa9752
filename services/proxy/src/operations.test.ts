import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { service, startProxy } from './test-support/proxy.ts'

const VERSION = 'io.modelcontextprotocol/protocolVersion'
const MODERN = '2026-07-28'
const call = (name: string, id = 7) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } })

async function world() {
  const backend = await startBackend()
  const proxy = await startProxy({
    config: { limits: { body_bytes: 100_000 } },
    services: [
      service(backend.origin, {
        scopes: ['read', 'write', 'admin'],
        tools: { delete: ['write'], 'admin_*': ['admin', 'write'] },
        resources: { 'file:///secret/*': ['admin'] },
      }),
    ],
  })
  const send = (body: unknown, headers: Record<string, string> = {}, scope = 'read openid offline_access') =>
    proxy.send('/calculator/mcp', {
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      headers: { Authorization: `Bearer ${proxy.token({ scope, jti: scope })}`, ...headers },
    })
  return { backend, proxy, send }
}

describe('a call of a tool that has a rule', () => {
  it('is challenged with all scopes that it takes and those that the token has (R6, R8, pain-18)', async () => {
    const { backend, send } = await world()
    const answer = await send(call('admin_purge'))
    expect(answer.status).toBe(403)
    expect(answer.headers['www-authenticate']).toContain(
      'resource_metadata="http://localhost:8080/.well-known/oauth-protected-resource/calculator/mcp", scope="read openid admin write", error="insufficient_scope"',
    )
    expect(answer.json().error).toBe('insufficient_scope')
    expect(backend.seen).toHaveLength(0)
  })

  it('passes, byte for byte, when the token has them', async () => {
    const { backend, send } = await world()
    const body = `{ "jsonrpc":"2.0", "id":1.0, "method":"tools/call", "params":{"name":"delete","x":"\\u00e4"} }`
    expect((await send(body, {}, 'read write')).status).toBe(200)
    expect(backend.seen[0]?.body).toBe(body)
    expect(backend.seen[0]?.headers['content-length']).toBe(String(body.length))
  })

  it('cannot hide in a batch, in a chunked body, below the endpoint or behind another method of HTTP', async () => {
    const { backend, proxy, send } = await world()
    expect((await send([call('add'), call('delete')])).status).toBe(403)
    expect((await send(call('delete'), { 'Transfer-Encoding': 'chunked' })).status).toBe(403)
    const headers = { Authorization: `Bearer ${proxy.token({ scope: 'read' })}` }
    const body = JSON.stringify(call('delete'))
    for (const [path, method] of [
      ['/calculator/mcp/', 'POST'],
      ['/calculator/mcp/messages?x=1', 'POST'],
      ['/calculator/mcp', 'PUT'],
      ['/calculator/mcp', 'DELETE'],
    ] as const) {
      expect(
        (await proxy.send(path, { method, headers: { ...headers, 'Content-Length': String(body.length) }, body }))
          .status,
      ).toBe(403)
    }
    expect(backend.seen).toHaveLength(0)
  })

  it('is not judged in a coding that the gateway does not read, nor when nobody could agree on it', async () => {
    const { backend, send } = await world()
    expect((await send(call('add'), { 'Content-Encoding': 'gzip' })).status).toBe(415)
    const answer = await send('{"method":"tools/list","method":"tools/call","params":{"name":"delete"}}')
    expect([answer.status, answer.json()]).toEqual([
      400,
      expect.objectContaining({ error: { code: -32_700, message: expect.any(String) as string } }),
    ])
    expect(backend.seen).toHaveLength(0)
  })

  it('is recorded by what its body asks for', async () => {
    const { proxy, send } = await world()
    await send(call('delete'), { 'Mcp-Method': 'tools/list', 'Mcp-Name': 'add' })
    await send(call('delete'), {}, 'read write')
    expect((await proxy.audited()).map(({ data }) => [data.decision, data.mcp_method, data.tool])).toEqual([
      ['denied', 'tools/call', 'delete'],
      ['allowed', 'tools/call', 'delete'],
    ])
  })
})

describe('a tool, a resource or a prompt whose rule names groups', () => {
  const rule = { scopes: ['write'], groups: ['admins'] }
  const groupWorld = async () => {
    const backend = await startBackend()
    const entry = {
      scopes: ['read', 'write'],
      tools: { purge: rule },
      resources: { 'x:*': rule },
      prompts: { p: rule },
    }
    const proxy = await startProxy({ services: [service(backend.origin, entry)] })
    const send = (body: unknown, claims: Record<string, unknown>) =>
      proxy.send('/calculator/mcp', {
        body: JSON.stringify(body),
        headers: { Authorization: `Bearer ${proxy.token({ jti: JSON.stringify(claims), scope: 'read', ...claims })}` },
      })
    return { backend, proxy, send }
  }

  it.each([
    ['tools/call', { name: 'purge' }],
    ['resources/read', { uri: 'x:1' }],
    ['prompts/get', { name: 'p' }],
  ])('(%s) is refused without a challenge to whoever is in none of them, scopes or not', async (method, params) => {
    const { backend, proxy, send } = await groupWorld()
    const body = { jsonrpc: '2.0', id: 1, method, params }
    for (const claims of [{}, { groups: ['staff'] }, { groups: [], scope: 'read write' }]) {
      const answer = await send(body, claims)
      expect([answer.status, answer.json().error, answer.headers['www-authenticate']]).toEqual([
        403,
        'access_denied',
        undefined,
      ])
    }
    expect(backend.seen).toHaveLength(0)
    expect((await proxy.audited()).map(({ data }) => data.reason)).toEqual(Array(3).fill('group_missing'))
  })

  it('takes its scopes as well: whoever is in one is challenged for them, and then passes', async () => {
    const { send } = await groupWorld()
    const refused = await send(call('purge'), { groups: ['admins'] })
    expect(refused.headers['www-authenticate']).toContain('scope="read write", error="insufficient_scope"')
    expect((await send(call('purge'), { groups: ['admins', 'staff'], scope: 'write' })).status).toBe(200)
  })
})

describe('in the modern era', () => {
  const headers = { 'MCP-Protocol-Version': MODERN, 'Mcp-Method': 'tools/call', 'Mcp-Name': 'delete' }
  const modern = { ...call('delete'), params: { name: 'delete', _meta: { [VERSION]: MODERN } } }

  it('headers and body must say the same where a rule is judged: 400, -32020, with the request’s id (T3, T4)', async () => {
    const { backend, send } = await world()
    expect((await send(modern, headers, 'write')).status).toBe(200)
    const answer = await send(modern, { ...headers, 'Mcp-Name': 'add' }, 'write')
    expect([answer.status, answer.json()]).toMatchObject([400, { jsonrpc: '2.0', id: 7, error: { code: -32_020 } }])
    expect(backend.seen).toHaveLength(1)
  })

  it('a version that nobody knows is 400, -32022, with those that are supported', async () => {
    const { send } = await world()
    const answer = await send(modern, { ...headers, 'MCP-Protocol-Version': '1999-01-01' }, 'write')
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({
      id: 7,
      error: {
        code: -32_022,
        data: { requested: '1999-01-01', supported: expect.arrayContaining([MODERN]) as unknown },
      },
    })
  })
})

describe('what no rule concerns', () => {
  it.each([
    { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    { jsonrpc: '2.0', id: 1, method: 'server/discover', params: { _meta: { [VERSION]: '2999-01-01' } } },
    call('add'),
    { jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: 'delete' } },
  ])('is the backend’s to answer: %j', async (body) => {
    const { send } = await world()
    expect((await send(body, body.method === 'tools/list' ? { 'MCP-Protocol-Version': 'x' } : {})).status).toBe(200)
  })

  it('needs the service’s own scopes all the same', async () => {
    const { send } = await world()
    expect((await send({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, {}, 'openid')).status).toBe(403)
  })
})

describe('a body that is too long', () => {
  it.each([
    ['stated', {}, 200_000],
    ['chunked', { 'Transfer-Encoding': 'chunked' }, 200_000],
  ])('(%s) is 413, with and without rules', async (_how, framing, bytes) => {
    const { backend, proxy, send } = await world()
    const body = Buffer.alloc(bytes, ' ')
    expect((await send(body, framing)).status).toBe(413)
    await proxy.list(service(backend.origin))
    await expect.poll(async () => (await send('{}', { 'Content-Encoding': 'x' })).status).toBe(200)
    const answer = await send(body, framing)
    expect([answer.status, answer.headers.connection]).toEqual([413, 'close'])
  })
})
