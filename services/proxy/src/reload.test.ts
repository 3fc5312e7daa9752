import type { ReloadListener } from '@gateway/service'
import { testConfig } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { startBackend } from './test-support/backend.ts'
import { service, startProxy } from './test-support/proxy.ts'

describe('a new configuration', () => {
  it('rules origins, limits and upstream credentials at once, and ends no stream (pain-25)', async () => {
    const listeners = new Set<ReloadListener>()
    const reload = async (config: Record<string, unknown>) => {
      for (const listener of listeners) await listener(testConfig(config))
    }
    const backend = await startBackend((request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      if (request.method === 'GET') response.write('data: a\n\n')
      else response.end('data: b\n\n')
    })
    const proxy = await startProxy({
      services: [service(backend.origin)],
      reloads: {
        subscribe(listener) {
          listeners.add(listener)
          return () => void listeners.delete(listener)
        },
      },
    })
    const headers = { Authorization: `Bearer ${proxy.token()}`, Origin: 'https://app.example' }
    const post = () => proxy.send('/calculator/mcp', { headers, body: '{}' })
    expect((await post()).status).toBe(403)

    const cors = { allow_origins: ['https://app.example'] }
    await reload({ cors })
    expect((await post()).status).toBe(200)
    const stream = await proxy.open('/calculator/mcp', { headers })
    stream.resume()

    const upstream = { headers: { 'X-Api-Key': 'new' } }
    const mcp_services = { calculator: { name: 'C', url: 'http://localhost:1', scopes: ['read'], upstream } }
    await reload({ cors, mcp_services })
    expect((await post()).status).toBe(200)
    expect(backend.seen.at(-1)?.headers['x-api-key']).toBe('new')

    await reload({ cors, mcp_services, limits: { user_concurrent: 1 } })
    expect((await post()).status).toBe(429)
    expect([stream.destroyed, stream.complete]).toEqual([false, false])
    stream.destroy()
  })
})
