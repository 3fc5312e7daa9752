import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Misconfigured } from '@gateway/kernel'
import { fakeHost } from '@gateway/testing'
import { describe, expect, it, vi } from 'vitest'
import { CannotStart } from './listen.ts'
import { serveApps } from './serve.ts'
import { appOf, servingOf } from './test-support/serving.ts'

const hello = appOf((_request, response) => response.end('hello'))
const get = (port: number, path: string) => fetch(`http://127.0.0.1:${port}${path}`)

describe('a serving process', () => {
  it('answers probes and metrics on the internal port, probes and its app on the public one', async () => {
    const host = fakeHost([])
    const app = appOf((_request, response) => response.end('hello'), { checks: () => [{ name: 'keys', ok: true }] })
    const { serving, serves } = await servingOf(host, [app])
    const ended = serveApps(serving)
    const ports = await serves
    expect(await (await get(ports.public, '/anything')).text()).toBe('hello')
    for (const port of [ports.public, ports.internal]) {
      expect(await (await get(port, '/health')).json()).toEqual({
        status: 'healthy',
        timestamp: '2026-01-01T00:00:00.000Z',
        version: '0.0.0-test',
      })
      expect(await (await get(port, '/ready?x')).json()).toMatchObject({
        status: 'ready',
        dependencies: { bus: { status: 'up' }, keys: { status: 'up' } },
      })
    }
    expect(await (await get(ports.internal, '/metrics')).text()).toContain('process_cpu_seconds_total')
    expect((await get(ports.internal, '/else')).status).toBe(404)
    expect(await (await get(ports.public, '/metrics')).text()).toBe('hello')
    host.signal('SIGINT')
    await ended
  })

  it('is not ready while one dependency is down, and names it; /health does not care', async () => {
    const host = fakeHost([])
    const app = appOf(undefined, { checks: () => [{ name: 'identity provider', ok: false, detail: 'no answer' }] })
    const { serving, serves } = await servingOf(host, [hello, app])
    const ended = serveApps(serving)
    const ports = await serves
    const ready = await get(ports.public, '/ready')
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({
      status: 'not ready',
      dependencies: { 'identity provider': { status: 'down', detail: 'no answer' } },
    })
    expect((await get(ports.public, '/health')).status).toBe(200)
    host.signal('SIGINT')
    await ended
  })

  it('opens its public port only after every app has caught up', async () => {
    const host = fakeHost([])
    const caughtUp = Promise.withResolvers<void>()
    const { serving, serves } = await servingOf(host, [hello, appOf(undefined, { start: () => caughtUp.promise })])
    let open = false
    void serves.then(() => (open = true))
    const ended = serveApps(serving)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(open).toBe(false)
    caughtUp.resolve()
    await serves
    host.signal('SIGINT')
    await ended
  })

  it('stops by itself, and says why, when another process has taken what it lives on', async () => {
    const host = fakeHost([])
    let stopped = false
    const stop = async () => {
      stopped = true
    }
    const { serving, serves } = await servingOf(host, [appOf((_request, response) => response.end('hello'), { stop })])
    const lost = Promise.withResolvers<Misconfigured>()
    const ended = serveApps({ ...serving, open: async () => ({ ...(await serving.open()), failed: lost.promise }) })
    await serves
    lost.resolve(new Misconfigured(['nats.url: missing']))
    await expect(ended).rejects.toThrow('nats.url: missing')
    expect(stopped).toBe(true)
  })

  it('says on the internal port that it waits for the bus, and obeys a signal meanwhile', async () => {
    const host = fakeHost([])
    const taken = await portOf()
    const { serving } = await servingOf(host, [hello], {
      open: () => new Promise(() => undefined),
      internal: { host: '127.0.0.1', port: taken, hint: 'x' },
    })
    const ended = serveApps(serving)
    const ready = await vi.waitFor(() => get(taken, '/ready'))
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ dependencies: { bus: { status: 'down', detail: 'connecting' } } })
    host.signal('SIGTERM')
    await ended
  })

  it('waits for a store that is not there yet', async () => {
    const host = fakeHost([])
    let asked = 0
    const fixture = await servingOf(host, [hello])
    const { serving, serves, opened } = fixture
    const ended = serveApps({
      ...serving,
      open: async () => ({ ...opened, backendChecks: async () => [{ name: 'store', ok: ++asked > 2 }] }),
    })
    await serves
    expect(asked).toBeGreaterThan(2)
    host.signal('SIGINT')
    await ended
  })

  it('names the port that is in use and what chooses another', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    const { port } = await new Promise<AddressInfo>((resolve) =>
      blocker.once('listening', () => resolve(blocker.address() as AddressInfo)),
    )
    const host = fakeHost([])
    const { serving } = await servingOf(host, [hello], { publicAddresses: [{ host: '127.0.0.1', port }] })
    await expect(serveApps(serving)).rejects.toThrow(
      new CannotStart(
        `port ${port} is in use: stop what listens on 127.0.0.1:${port}, or choose another with PROXY_PORT`,
      ),
    )
    blocker.close()
  })

  it('goes without an optional address that this machine does not have', async () => {
    const host = fakeHost([])
    const publicAddresses = [
      { host: '127.0.0.1', port: 0 },
      { host: '2001:db8::1', port: 0, optional: true },
    ]
    const { serving, serves } = await servingOf(host, [hello], { publicAddresses })
    const ended = serveApps(serving)
    expect((await get((await serves).public, '/')).status).toBe(200)
    host.signal('SIGINT')
    await ended
  })
})

async function portOf(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
