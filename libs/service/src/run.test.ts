import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Misconfigured, Unavailable } from '@gateway/kernel'
import { fakeHost, freePort } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { CannotStart } from './listen.ts'
import { portsOf } from './ports.ts'
import { runProcess, runService } from './run.ts'
import { readVersion } from './version.ts'

const never = () => Promise.reject(new TypeError('nothing may be wired'))
const CONFIG = `
issuer: http://localhost:8080
session_secret: qj4Lk0Vt9zXw2Rb7Np5Hs8Yc3Md6Gf1TqUeKi
mcp_services: { c: { name: C, url: "http://c", auth_required: false } }
`

function folderWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'run-'))
  writeFileSync(join(folder, 'config.yaml'), text)
  return folder
}

const failingWith = (error: Error) => async () => {
  throw error
}

describe('a service alone', () => {
  it('exits 78 without a configuration and says how to give one', async () => {
    const host = fakeHost([], { HOME: '/nowhere' })
    await runService('proxy', never, host)
    expect(host.exits).toEqual([78])
    expect(host.err()).toMatch(/^no configuration file: name one with --config or MCP_CONFIG_PATH.*\n$/)
  })

  it('exits 78 with every problem of its configuration, one line each', async () => {
    const host = fakeHost([], {}, folderWith(`${CONFIG}\nport: x\nprot: 1\n`))
    await runService('proxy', never, host)
    expect(host.exits).toEqual([78])
    expect(host.err().trim().split('\n')).toHaveLength(2)
  })

  it('exits 78 without nats.url: alone it reaches nobody over a bus in memory', async () => {
    const host = fakeHost(['--config', join(folderWith(CONFIG), 'config.yaml')], { REGISTRY_TELEMETRY_PORT: '0' })
    await runService('registry', never, host)
    expect(host.exits).toEqual([78])
    expect(host.err()).toMatch(/^nats\.url: missing; registry alone reaches the other services over NATS only/)
  })

  it.each(['registry', 'proxy'] as const)(
    'says of memory storage that %s must have one replica, if it keeps anything',
    async (service) => {
      const nowhere = `${CONFIG}\nstorage: { type: memory }\nnats: { url: "nats://127.0.0.1:${await freePort()}" }\n`
      const host = fakeHost(
        [],
        { REGISTRY_TELEMETRY_PORT: '0', PROXY_TELEMETRY_PORT: '0', PROXY_PORT: '0' },
        folderWith(nowhere),
      )
      const running = runService(service, never, host)
      await expect.poll(() => host.out()).toContain('starting')
      host.signal('SIGTERM')
      await running
      const warned = host.out().includes(`storage.type is memory: run one replica of ${service} only`)
      expect(warned).toBe(service === 'registry')
    },
  )

  it('exits 78 when a port variable is no port', async () => {
    const host = fakeHost([], { PROXY_PORT: 'http', PROXY_TELEMETRY_PORT: '-1' }, folderWith(CONFIG))
    await runService('proxy', never, host)
    expect(host.exits).toEqual([78])
    expect(host.err()).toMatch(/PROXY_TELEMETRY_PORT: "-1" is no port/)
    expect(host.err()).toMatch(/PROXY_PORT: "http" is no port/)
  })

  it.each([
    [['--workers', '0'], {}, '--workers: "0" is no count'],
    [['--workers', 'two'], {}, '--workers: "two" is no count'],
    [['--workers', '257'], {}, '--workers: "257" is no count'],
    [[], { PROXY_WORKERS: '-1' }, 'PROXY_WORKERS: "-1" is no count'],
  ])('exits 78 for %j %j, which is no number of workers', async (args, env, message) => {
    const host = fakeHost(args, env, folderWith(CONFIG))
    await runService('proxy', never, host)
    expect(host.exits).toEqual([78])
    expect(host.err()).toContain(message)
  })

  it('has workers only where that is the proxy', async () => {
    const host = fakeHost(['--workers', '2'], {}, folderWith(CONFIG))
    await runService('registry', never, host)
    expect(host.exits).toEqual([1])
    expect(host.err()).toMatch(/^--workers: registry runs as one process/)
  })

  it('refuses an unknown flag in one line', async () => {
    const host = fakeHost(['--confg', 'x'])
    await runService('proxy', never, host)
    expect(host.exits).toEqual([1])
    expect(host.err()).toMatch(/^Unknown option '--confg'.*--help lists every flag\)\n$/)
  })

  it('prints its flags, variables and ports', async () => {
    const host = fakeHost(['--help'])
    await runService('auth-server', never, host)
    expect(host.exits).toEqual([0])
    expect(host.out()).toMatch(/--config.*--debug.*AUTH_SERVER_PORT +public port \(8092\).*AUTH_SERVER_TELEMETRY_PORT/s)
  })

  it('prints its version', async () => {
    const host = fakeHost(['--version'])
    await runService('proxy', never, host)
    expect(host.out()).toBe(`${readVersion()}\n`)
  })
})

describe('what ends a process', () => {
  it.each([
    [new Misconfigured(['one', 'two']), 78, 'one\ntwo\n'],
    [new CannotStart('port 1 is in use'), 1, 'port 1 is in use\n'],
    [new Unavailable('store'), 1, 'store is unavailable\n'],
  ])('%s is its text and an exit code', async (error, code, text) => {
    const host = fakeHost([])
    await runProcess(host, failingWith(error))
    expect([host.exits, host.err()]).toEqual([[code], text])
  })

  it('a bug is its stack and 1', async () => {
    const host = fakeHost([])
    await runProcess(host, failingWith(new TypeError('oops')))
    expect(host.exits).toEqual([1])
    expect(host.err()).toMatch(/TypeError: oops\n +at /)
  })

  it('is 0 when all went well', async () => {
    const host = fakeHost([])
    await runProcess(host, () => Promise.resolve())
    expect([host.exits, host.err()]).toEqual([[0], ''])
  })
})

describe('the ports of services that run alone', () => {
  it('have defaults that do not collide, on loopback', () => {
    const services = ['proxy', 'auth-server', 'registry', 'token-issuer', 'provider-bridge'] as const
    const all = services.map((service) => portsOf(service, {}))
    const ports = all.flatMap((at) => [at.telemetryPort, ...(at.public ? [at.public.port] : [])])
    expect(ports).toEqual([9464, 8091, 9465, 8092, 9466, 9467, 9468])
    expect(new Set(all.map((at) => at.host))).toEqual(new Set(['127.0.0.1']))
  })

  it('are chosen by variables', () => {
    const env = { SERVICE_HOST: '0.0.0.0', AUTH_SERVER_PORT: '80', AUTH_SERVER_TELEMETRY_PORT: '81' }
    expect(portsOf('auth-server', env)).toMatchObject({ host: '0.0.0.0', telemetryPort: 81, public: { port: 80 } })
  })
})
