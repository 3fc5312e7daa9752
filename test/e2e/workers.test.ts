import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Commit, subjectOf } from '@gateway/bus'
import { connectNats } from '@gateway/bus/nats'
import { aggregates, type ServiceState } from '@gateway/contracts'
import { freePort, provision, serverOrSkip, startNatsServer, testConfig } from '@gateway/testing'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Process, startProcess } from './stack/processes.ts'

const nats = await serverOrSkip('several workers of a proxy over nats-server', () => startNatsServer())
afterAll(() => nats?.stop())

/** A backend that takes its time between the two halves of its answer. */
async function startBackend(): Promise<Server> {
  const backend = createServer((_request, response) => {
    response.write('begun, ')
    setTimeout(() => response.end('ended'), 1_500)
  }).listen(0, '127.0.0.1')
  await once(backend, 'listening')
  onTestFinished(() => void backend.close())
  return backend
}

/** The stream of services with one that `backend` serves. */
async function provisionWith(backend: Server): Promise<void> {
  const bus = await connectNats({ url: nats?.url ?? '', name: 'test', streams: [] })
  await provision(bus, testConfig())
  const { port } = backend.address() as AddressInfo
  const state: ServiceState = {
    status: 'listed',
    service: {
      id: 'slow',
      name: 'Slow',
      url: `http://127.0.0.1:${port}/mcp`,
      auth_required: false,
      scopes: [],
      require_scopes: 'any',
      timeout: 10_000,
    },
    source: 'test',
  }
  const subject = subjectOf(aggregates.service, 'slow')
  const sequence = (await bus.last(subject))?.sequence ?? 0
  const id = `${subject}.${sequence}`
  const commit: Commit = { id, version: 1, at: 0, actor: 'operator', events: [], state, stateVersion: 1 }
  await bus.append(subject, id, commit, sequence)
  await bus.close()
}

async function startProxy(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'workers-'))
  const [port, telemetryPort] = [await freePort(), await freePort()]
  writeFileSync(
    join(cwd, 'config.yaml'),
    `issuer: http://localhost:8080
session_secret: qj4Lk0Vt9zXw2Rb7Np5Hs8Yc3Md6Gf1TqUeKi
nats: { url: "${nats?.url}" }
shutdown: { delay_seconds: 0, grace_seconds: 10 }
mcp_services: { slow: { name: Slow, url: "http://127.0.0.1:1", auth_required: false } }
`,
  )
  const ports = { PROXY_PORT: String(port), PROXY_TELEMETRY_PORT: String(telemetryPort) }
  const proxy = startProcess('proxy', 'services/proxy/src/main.ts', args, { cwd, env: { ...ports, ...env } })
  onTestFinished(() => proxy.kill('SIGKILL'))
  return { proxy, open: `http://127.0.0.1:${port}`, internal: `http://127.0.0.1:${telemetryPort}` }
}

async function ready(internal: string, proxy: Process): Promise<void> {
  const green = async () => expect((await fetch(`${internal}/ready`)).status).toBe(200)
  await vi.waitFor(green, { timeout: 50_000, interval: 100 }).catch((cause: unknown) => {
    throw new Error(proxy.log(), { cause })
  })
}

/** proc(5) */
function workersOf(proxy: Process): readonly number[] {
  const pids = readFileSync(`/proc/${proxy.pid()}/task/${proxy.pid()}/children`, 'utf8')
  return pids.trim().split(' ').map(Number)
}

describe.skipIf(!nats)('a proxy with two workers', () => {
  it('shares a public port, is watched on one internal port, and has a dead worker replaced', async () => {
    await provisionWith(await startBackend())
    const { proxy, open, internal } = await startProxy(['--workers', '2'])
    await ready(internal, proxy)
    const before = workersOf(proxy)
    expect(before).toHaveLength(2)
    const answer = await (await fetch(`${internal}/ready`)).json()
    const dependencies = { workers: { status: 'up', detail: '2 of 2' }, bus: { status: 'up' } }
    expect(answer).toMatchObject({ dependencies })
    const metrics = await (await fetch(`${internal}/metrics`)).text()
    expect(metrics).toMatch(/^process_cpu_seconds_total\{service="proxy"\} /m)

    const [dead = 0, other] = before
    process.kill(dead, 'SIGKILL')
    await vi.waitFor(() => expect(workersOf(proxy)).toEqual([other]), { timeout: 10_000 })
    expect((await fetch(`${open}/health`)).status).toBe(200)
    expect((await fetch(`${internal}/ready`)).status).toBe(503)
    await ready(internal, proxy)
    expect(workersOf(proxy)).toEqual([other, expect.any(Number)])
    expect(proxy.log()).toContain('a worker has died and is replaced')
  })

  it('ends what is under way when it is told to stop, in whichever worker that is', async () => {
    const backend = await startBackend()
    await provisionWith(backend)
    const { proxy, open, internal } = await startProxy([], { PROXY_WORKERS: '2' })
    await ready(internal, proxy)
    const calls = Array.from({ length: 4 }, async () => (await fetch(`${open}/slow/mcp`)).text())
    const connections = promisify((done: Parameters<Server['getConnections']>[0]) => backend.getConnections(done))
    await vi.waitFor(async () => expect(await connections()).toBe(4), { timeout: 10_000 })
    void proxy.kill('SIGTERM')
    expect(await Promise.all(calls)).toEqual(Array(4).fill('begun, ended'))
    expect(await proxy.exited()).toBe(0)
  })

  it('says once why it cannot start', async () => {
    const backend = await startBackend()
    await provisionWith(backend)
    const { port } = backend.address() as AddressInfo
    const { proxy } = await startProxy(['--workers', '2'], { PROXY_PORT: String(port) })
    expect(await proxy.exited()).toBe(1)
    expect(proxy.log().match(/port \d+ is in use/g)).toHaveLength(1)
  })
})
