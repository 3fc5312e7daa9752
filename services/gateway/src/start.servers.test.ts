/** `gateway start` as it runs: all five services, real ports, memory. */

import { readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { runProcess } from '@gateway/service'
import { emptyFolder, fakeHost, freePorts } from '@gateway/testing'
import { describe, expect, it, vi } from 'vitest'
import { runCommandLine } from './cli.ts'
import { run } from './test-support/command-line.ts'

/** Started, ready, with a way to end it. */
async function started(args: readonly string[], port: number, folder = emptyFolder()) {
  const host = fakeHost(['start', ...args], {}, folder)
  const ended = runProcess(host, () => runCommandLine(host))
  const origin = `http://localhost:${port}`
  await vi.waitFor(async () => expect((await fetch(`${origin}/ready`)).status).toBe(200), {
    timeout: 10_000,
    interval: 50,
  })
  const stop = async () => {
    host.signal('SIGINT')
    await ended
  }
  return { host, origin, folder, stop }
}

describe('gateway start without a configuration', () => {
  it('runs the demo: gateway, provider and calculator on three ports, on loopback, and prints the panel', async () => {
    const port = await freePorts(3)
    const { host, origin, stop } = await started(['--port', String(port)], port)
    await vi.waitFor(() => expect(host.out()).toContain(`${origin}/calculator/mcp`))
    expect(host.out()).toContain('This is a demo.')

    const denied = await fetch(`${origin}/calculator/mcp`)
    expect(denied.status).toBe(401)
    expect(denied.headers.get('www-authenticate')).toContain(
      `resource_metadata="${origin}/.well-known/oauth-protected-resource/calculator/mcp"`,
    )
    const answers = async (url: string) => (await fetch(url)).status
    expect(await answers(`http://127.0.0.1:${port}/health`)).toBe(200)
    expect(await answers(`${origin}/.well-known/oauth-authorization-server`)).toBe(200)
    expect(await answers(`${origin}/calculator/mcp/.well-known/oauth-authorization-server`)).toBe(200)
    expect(await answers(`${origin}/.well-known/jwks.json`)).toBe(200)
    expect(await answers(`${origin}/services/calculator`)).toBe(200)
    expect(await answers(`http://localhost:${port + 1}/.well-known/openid-configuration`)).toBe(200)
    expect(await answers(`http://localhost:${port + 2}/mcp`)).not.toBe(404)

    const { out } = await run(['audit', 'tail', '--no-follow', '--port', String(port)], {}, host.cwd())
    expect(out).toMatch(/x mcp\.denied .*service=calculator/)
    const json = await run(['audit', 'tail', '--no-follow', '--json', '--port', String(port)], {}, host.cwd())
    for (const line of json.out.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ specversion: '1.0' })
    await stop()
    expect([host.exits, host.err()]).toEqual([[0], ''])
    expect(readdirSync(join(host.cwd(), 'data'))).toEqual([])
  })

  it.each([0, 1, 2])('names the port in use: the one after P by %i', async (offset) => {
    const port = await freePorts(3)
    const blocker = createServer().listen(port + offset, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const { err, code } = await run(['start', '--port', String(port)])
    expect(code).toBe(1)
    expect(err).toMatch(new RegExp(`^port ${port + offset} is in use: .*--port\n$`))
    blocker.close()
  })
})

describe('gateway start with a configuration', () => {
  const config = (port: number) => `
issuer: http://localhost:${port}
port: ${port}
session_secret: qj4Lk0Vt9zXw2Rb7Np5Hs8Yc3Md6Gf1TqUeKi
telemetry: { port: 0 }
mcp_services:
  status: { name: Status, url: "http://127.0.0.1:1", auth_required: false }
`

  it('runs it, with the same services behind one port, and no demo', async () => {
    const port = await freePorts(3)
    const folder = emptyFolder()
    writeFileSync(join(folder, 'config.yaml'), config(port))
    const { origin, host, stop } = await started([], port, folder)
    const services = (await (await fetch(`${origin}/services`)).json()) as { services: object }
    expect(Object.keys(services.services)).toEqual(['status'])
    expect(host.out()).not.toContain('This is a demo.')
    expect(host.out()).toContain(`"config":"${join(folder, 'config.yaml')}"`)
    expect(host.out()).toContain('storage.type is memory, and there is no nats.url: all is lost at exit')
    const { out } = await run(['audit', 'tail', '--no-follow'], {}, folder)
    expect(out).toContain('service.listed')
    await stop()
    expect(host.exits).toEqual([0])
  })

  it('--demo runs the demo although there is one', async () => {
    const port = await freePorts(3)
    const folder = emptyFolder()
    writeFileSync(join(folder, 'config.yaml'), 'nonsense: true\n')
    const { host, stop } = await started(['--demo', '--port', String(port)], port, folder)
    await vi.waitFor(() => expect(host.out()).toContain('This is a demo.'))
    await stop()
  })
})
