import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startHaproxy } from './haproxy.ts'
import { locate, MissingServer } from './locate.ts'
import { startNatsServer } from './nats.ts'
import { startRedisServer } from './redis.ts'
import type { TestServer } from './server.ts'
import { serverOrSkip } from './skip.ts'
import { startVaultServer } from './vault.ts'

/** Sends a line and returns what comes back first. */
async function say(server: TestServer, text: string): Promise<string> {
  const socket = connect(server.port, server.host)
  socket.setTimeout(500, () => socket.destroy(new Error('no answer')))
  try {
    await once(socket, 'connect')
    if (text !== '') socket.write(text)
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    return chunk.toString()
  } finally {
    socket.destroy()
  }
}

const nats = await serverOrSkip('launching nats-server', startNatsServer)
const old = await serverOrSkip('launching nats-server 2.9', () => startNatsServer({ version: '2.9' }))
const redis = await serverOrSkip('launching redis-server', startRedisServer)
const vault = await serverOrSkip('launching OpenBao', startVaultServer)
const haproxy = await serverOrSkip('launching HAProxy', () => startHaproxy(greeter(200)))

afterAll(() => Promise.all([nats, old, redis, vault, haproxy].map(async (server) => server?.stop())))

function greeter(status: number): string {
  return [
    'defaults',
    '  mode http',
    '  timeout connect 1s',
    '  timeout client 1s',
    '  timeout server 1s',
    'frontend greeter',
    '  bind ${BIND}',
    `  http-request return status ${status}`,
    '',
  ].join('\n')
}

describe('a launched server', () => {
  it.skipIf(!nats)('of NATS is 2.15 or newer, with JetStream', async () => {
    const info = JSON.parse((await say(nats!, '')).replace(/^INFO /, '').split('\r\n')[0] ?? '') as Record<
      string,
      unknown
    >
    expect(info).toMatchObject({ jetstream: true, version: expect.stringMatching(/^2\.(1[5-9]|[2-9]\d)\./) as string })
  })

  it.skipIf(!old)('of NATS can be the oldest supported one beside it', async () => {
    expect(await say(old!, '')).toMatch(/"version":"2\.9\./)
  })

  it.skipIf(!vault)('of OpenBao is unsealed and takes its root token', async () => {
    const answer = await fetch(`${vault!.address}/v1/auth/token/lookup-self`, {
      headers: { 'X-Vault-Token': vault!.token },
    })
    expect(answer.status).toBe(200)
  })

  it.skipIf(!haproxy)('of HAProxy does what its configuration says', async () => {
    expect((await fetch(haproxy!.url)).status).toBe(200)
  })

  it.skipIf(!redis?.ours)('keeps port and data over a kill and a restart', async () => {
    const server = await startRedisServer()
    onTestFinished(() => server.stop())
    await say(server, 'SET k v\r\n')
    await server.kill()
    await expect(say(server, 'GET k\r\n')).rejects.toThrow(/ECONNREFUSED/)
    await server.restart()
    expect(await say(server, 'GET k\r\n')).toBe('$1\r\nv\r\n')
  })

  it.skipIf(!redis?.ours)('answers nothing while it is stopped, and goes on afterwards', async () => {
    const server = await startRedisServer()
    onTestFinished(() => server.stop())
    await server.kill('SIGSTOP')
    await expect(say(server, 'PING\r\n')).rejects.toThrow('no answer')
    await server.kill('SIGCONT')
    expect(await say(server, 'PING\r\n')).toBe('+PONG\r\n')
  })

  it.skipIf(!nats?.ours)('takes its folder with it when it stops', async () => {
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('gateway-nats-'))
    const before = new Set(folders())
    const own = await startNatsServer()
    const added = folders().filter((name) => !before.has(name))
    expect(added.length).toBeGreaterThan(0)
    await own.stop()
    expect(added.filter((name) => existsSync(`${tmpdir()}/${name}`)).length).toBeLessThan(added.length)
  })

  it.skipIf(!haproxy?.ours)('that does not start says why', async () => {
    await expect(startHaproxy('nonsense\n')).rejects.toThrow(/haproxy ended at its start:[\s\S]*nonsense/)
  })
})

describe('a server that this machine lacks', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })

  const nowhere = {
    name: 'no-such-server',
    variable: 'TEST_NO_SUCH_SERVER_URL',
    binary: 'no-such-server',
    package: { kind: 'pip', spec: '/nonexistent/no-such-server', path: 'no-such-server' },
  } as const

  it('is missing with a reason for every place', async () => {
    const error: unknown = await locate(nowhere).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(MissingServer)
    expect(String(error)).toMatch(
      /TEST_NO_SUCH_SERVER_URL is not set, no such no-such-server on PATH, no pip package \(/,
    )
  })

  it('skips its suite with one loud line', async () => {
    vi.stubEnv('CI', '')
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const server = await serverOrSkip('the suite', () => Promise.reject(new MissingServer('no such thing')))
    expect(server).toBeUndefined()
    expect(warn.mock.calls).toEqual([['SKIPPED: the suite: no such thing']])
  })

  it('fails in CI', async () => {
    vi.stubEnv('CI', 'true')
    await expect(serverOrSkip('the suite', () => Promise.reject(new MissingServer('gone')))).rejects.toThrow('gone')
  })

  it('is another matter than one that does not start', async () => {
    vi.stubEnv('CI', '')
    await expect(serverOrSkip('the suite', () => Promise.reject(new Error('crashed')))).rejects.toThrow('crashed')
  })
})
