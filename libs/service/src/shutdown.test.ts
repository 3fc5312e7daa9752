import type { ServerResponse } from 'node:http'
import { fakeHost } from '@gateway/testing'
import { describe, expect, it, vi } from 'vitest'
import { serveApps } from './serve.ts'
import { delayMsFor } from './shutdown.ts'
import { appOf, servingOf } from './test-support/serving.ts'

const get = (port: number, path: string) => fetch(`http://127.0.0.1:${port}${path}`)
const SHUTDOWN = { delay_seconds: 0.3, grace_seconds: 5 }

/** An app whose responses end when the test says so. */
function holding() {
  const held: ServerResponse[] = []
  const app = appOf((_request, response) => {
    response.write('begun ')
    held.push(response)
  })
  return { app, held }
}

describe('the way out', () => {
  it('turns /health to 503 on SIGTERM and serves on for the delay', async () => {
    const host = fakeHost([])
    const { serving, serves } = await servingOf(host, [appOf((_request, response) => response.end('served'))])
    const ended = serveApps(serving)
    const { public: port } = await serves
    host.signal('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 20))
    const health = await get(port, '/health')
    expect([health.status, ((await health.json()) as { status: string }).status]).toEqual([503, 'stopping'])
    expect((await get(port, '/ready')).status).toBe(503)
    expect(await (await get(port, '/x')).text()).toBe('served')
    await ended
    await expect(get(port, '/x')).rejects.toThrow('fetch failed')
  })

  it('lets what is under way end, then stops the apps, then the bus, then the store', async () => {
    const host = fakeHost([])
    const { app, held } = holding()
    const order: string[] = []
    const first = { ...app, stop: async () => void order.push('asking app') }
    const second = appOf(undefined, { stop: async () => void order.push('answering app') })
    const { serving, serves, events } = await servingOf(host, [first, second])
    const ended = serveApps(serving)
    const response = await get((await serves).public, '/slow')
    host.signal('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(order).toEqual([])
    held[0]?.end('and ended')
    expect(await response.text()).toBe('begun and ended')
    await ended
    expect([...order, ...events]).toEqual(['asking app', 'answering app', 'bus closed', 'store closed'])
  })

  it('cuts streams that do not end within the grace time', async () => {
    const host = fakeHost([])
    const { app } = holding()
    const fixture = await servingOf(host, [app])
    const config = { ...fixture.serving.config, shutdown: { delay_seconds: 0, grace_seconds: 0.1 } }
    const ended = serveApps({ ...fixture.serving, config })
    const response = await get((await fixture.serves).public, '/stream')
    host.signal('SIGTERM')
    await ended
    await expect(response.text()).rejects.toThrow('terminated')
  })

  it('ends every waiting at the second signal', async () => {
    const host = fakeHost([])
    const { app } = holding()
    const fixture = await servingOf(host, [app])
    const config = { ...fixture.serving.config, shutdown: { delay_seconds: 60, grace_seconds: 60 } }
    const ended = serveApps({ ...fixture.serving, config })
    const response = await get((await fixture.serves).public, '/stream')
    const cut = response.text().then(
      () => 'whole',
      () => 'cut',
    )
    host.signal('SIGTERM')
    host.signal('SIGTERM')
    await ended
    expect(await cut).toBe('cut')
  })

  it('gives everything its turn although one part fails to stop', async () => {
    const host = fakeHost([])
    const failing = appOf((_request, response) => response.end(), { stop: () => Promise.reject(new Error('stuck')) })
    const { serving, serves, events } = await servingOf(host, [failing])
    const error = vi.spyOn(serving.log, 'error')
    const ended = serveApps(serving)
    await serves
    host.signal('SIGINT')
    await ended
    expect(events).toEqual(['bus closed', 'store closed'])
    expect(error).toHaveBeenCalledOnce()
  })

  it('waits for edges on SIGTERM only: nobody waits at a keyboard', () => {
    const away = fakeHost([])
    const terminal = { ...away, stdin: { isTTY: true } }
    expect(delayMsFor('SIGTERM', away, SHUTDOWN.delay_seconds)).toBe(300)
    expect(delayMsFor('SIGINT', away, SHUTDOWN.delay_seconds)).toBe(0)
    expect(delayMsFor('SIGTERM', terminal, SHUTDOWN.delay_seconds)).toBe(0)
  })
})
