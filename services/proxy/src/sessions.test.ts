import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { service, startProxy } from './test-support/proxy.ts'

const METHODS = ['GET', 'POST', 'DELETE'] as const

/** Hands out `s-1` on every answer, as a server of 2025-11-25 and before does on `initialize`. */
function handOut(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Mcp-Session-Id': 's-1' }).end('{}')
}

async function world() {
  const backend = await startBackend(handOut)
  const services = [service(backend.origin), service(backend.origin, { id: 'other' })]
  const proxy = await startProxy({ services })
  const bearer = (claims = {}, id = 'calculator') => ({ Authorization: `Bearer ${proxy.token(claims, id)}` })
  const opened = await proxy.send('/calculator/mcp', { headers: bearer(), body: '{}' })
  const session = String(opened.headers['mcp-session-id'])
  const use = (headers: Record<string, string>, method: string, path = '/calculator/mcp', id = session) =>
    proxy.send(path, { method, headers: { 'Mcp-Session-Id': id, ...headers } })
  return { backend, proxy, bearer, session, use }
}

describe('a session', () => {
  it('is the backend’s, seen by the client under an id of visible ASCII, and by the backend under its own', async () => {
    const { backend, bearer, session, use } = await world()
    expect(session).toMatch(/^[\x21-\x7E]+$/)
    expect(session).not.toBe('s-1')
    for (const method of METHODS) expect((await use(bearer(), method)).status).toBe(200)
    expect(backend.seen.map(({ headers }) => headers['mcp-session-id'])).toEqual([undefined, 's-1', 's-1', 's-1'])
  })

  it('goes on with another token of the same user and client', async () => {
    const { bearer, use } = await world()
    expect((await use(bearer({ jti: 'j2', sid: 'family-2' }), 'POST')).status).toBe(200)
  })

  it.each(METHODS)(
    'is not found by another user or another client on %s (pain-15, advisory: session id not bound)',
    async (method) => {
      const { backend, bearer, use } = await world()
      for (const claims of [{ sub: 'custom:bob|2' }, { client_id: 'client-2' }]) {
        const answer = await use(bearer(claims), method)
        expect(answer.status).toBe(404)
        expect(answer.json()).toEqual({
          jsonrpc: '2.0',
          id: null,
          error: { code: -32_001, message: 'Session not found' },
        })
      }
      expect(backend.seen).toHaveLength(1)
    },
  )

  it('is not found at another service, nor by its bare id, nor invented, nor twice', async () => {
    const { backend, bearer, proxy, session, use } = await world()
    expect((await use(bearer({}, 'other'), 'POST', '/other/mcp')).status).toBe(404)
    expect((await use(bearer(), 'POST', '/calculator/mcp', 's-1')).status).toBe(404)
    expect((await use(bearer(), 'POST', '/calculator/mcp', `${session}x`)).status).toBe(404)
    const twice = { ...bearer(), 'Mcp-Session-Id': [session, session] }
    expect((await proxy.send('/calculator/mcp', { headers: twice, body: '{}' })).status).toBe(400)
    expect(backend.seen).toHaveLength(1)
  })

  it('cannot be named under another spelling of the header either', async () => {
    const { backend, bearer, proxy } = await world()
    const answer = await proxy.send('/calculator/mcp', { headers: { ...bearer(), Mcp_Session_Id: 's-1' }, body: '{}' })
    expect(answer.status).toBe(404)
    expect(backend.seen).toHaveLength(1)
  })

  it('survives the death of the replica that began it (pain-10)', async () => {
    const { backend, proxy, bearer, session } = await world()
    const second = await startProxy({ beside: proxy })
    const answer = await second.send('/calculator/mcp', {
      headers: { ...bearer(), 'Mcp-Session-Id': session },
      body: '{}',
    })
    expect(answer.status).toBe(200)
    expect(backend.seen.at(-1)?.headers['mcp-session-id']).toBe('s-1')
  })

  it('is refused only to who has shown a token: without one it is a 401 like any other', async () => {
    const { use } = await world()
    expect((await use({}, 'DELETE')).status).toBe(401)
  })

  it('that is not the caller’s never reaches a backend in the modern era, where it means nothing (T2)', async () => {
    const { backend, bearer, use } = await world()
    const answer = await use({ ...bearer(), 'MCP-Protocol-Version': '2026-07-28' }, 'POST', '/calculator/mcp', 's-1')
    expect(answer.status).toBe(200)
    expect(backend.seen.at(-1)?.headers['mcp-session-id']).toBeUndefined()
  })

  it('of a public service passes as it is', async () => {
    const backend = await startBackend(handOut)
    const proxy = await startProxy({ services: [service(backend.origin, { auth_required: false })] })
    const opened = await proxy.send('/calculator/mcp', { headers: { 'Mcp-Session-Id': 'any' }, body: '{}' })
    expect(opened.headers['mcp-session-id']).toBe('s-1')
    expect(backend.seen[0]?.headers['mcp-session-id']).toBe('any')
  })

  it('is given to nobody under an id that is not visible ASCII', async () => {
    const backend = await startBackend((_request, response) => {
      response.writeHead(200, { 'Mcp-Session-Id': 'a b' }).end('{}')
    })
    const proxy = await startProxy({ services: [service(backend.origin)] })
    const headers = { Authorization: `Bearer ${proxy.token()}` }
    expect((await proxy.send('/calculator/mcp', { headers, body: '{}' })).headers['mcp-session-id']).toBeUndefined()
  })
})

describe('a backend of several replicas', () => {
  it('keeps a session where it began, and shares out everything else', async () => {
    const named = (name: string) =>
      startBackend((_request, response) => {
        response
          .writeHead(200, { 'Mcp-Session-Id': `${name}-${createHash('sha1').update(name).digest('hex')}` })
          .end(name)
      })
    const [one, two] = await Promise.all([named('one'), named('two')])
    const listed = service(one.origin, { replicas: [`${two.origin}/mcp`] })
    const proxy = await startProxy({ services: [listed] })
    const bearer = { Authorization: `Bearer ${proxy.token()}` }
    const first = await proxy.send('/calculator/mcp', { headers: bearer, body: '{}' })
    const second = await proxy.send('/calculator/mcp', { headers: bearer, body: '{}' })
    expect([first.body.toString(), second.body.toString()].toSorted()).toEqual(['one', 'two'])

    const session = { ...bearer, 'Mcp-Session-Id': String(first.headers['mcp-session-id']) }
    for (let i = 0; i < 4; i++) {
      const again = await proxy.send('/calculator/mcp', { headers: session, body: '{}' })
      expect(again.body.toString()).toBe(first.body.toString())
    }
    // The replica leaves the configuration: its sessions are gone, and clients begin anew.
    const left = first.body.toString() === 'one' ? two : one
    await proxy.list(service(left.origin))
    await expect
      .poll(async () => (await proxy.send('/calculator/mcp', { headers: session, body: '{}' })).status)
      .toBe(404)
  })
})
