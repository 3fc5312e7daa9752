/** A real process, its real file, and SIGHUP. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder, freePorts } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const MAIN = new URL('./main.ts', import.meta.url).pathname

describe('a running gateway whose configuration changes', () => {
  const folder = emptyFolder()
  const file = join(folder, 'config.yaml')
  let origin: string
  let log = ''
  let child: ReturnType<typeof spawn>

  const write = (
    more: string,
    services = 'status: { name: Status, url: "http://127.0.0.1:1", auth_required: false }',
  ) => {
    const { port } = new URL(origin)
    const head = `issuer: ${origin}\nport: ${port}\nsession_secret: qj4Lk0Vt9zXw2Rb7Np5Hs8Yc3Md6Gf1TqUeKi\ntelemetry: { port: 0 }\n`
    writeFileSync(file, `${head}mcp_services: { ${services} }\n${more}`)
  }
  const services = async () => {
    const answer = (await (await fetch(`${origin}/services`)).json()) as { services: Record<string, { name: string }> }
    return Object.values(answer.services).map(({ name }) => name)
  }
  const allowed = async () => {
    const headers = { Origin: 'https://app.example' }
    return (await fetch(`${origin}/services`, { headers })).headers.get('access-control-allow-origin')
  }
  const soon = (expectation: () => Promise<void> | void) => vi.waitFor(expectation, { timeout: 10_000, interval: 50 })

  beforeAll(async () => {
    origin = `http://localhost:${await freePorts(3)}`
    write('')
    const env = { PATH: process.env.PATH ?? '', HOME: folder }
    child = spawn(process.execPath, [MAIN, 'start'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += String(chunk)))
    const ready = async () => expect((await fetch(`${origin}/ready`)).status).toBe(200)
    await vi.waitFor(ready, { timeout: 30_000, interval: 100 }).catch((cause: unknown) => {
      throw new Error(log, { cause })
    })
  }, 40_000)
  afterAll(async () => {
    const gone = once(child, 'exit')
    child.kill('SIGINT')
    await gone
  })

  it('serves new and changed services, and CORS, after SIGHUP, and the same process goes on', async () => {
    expect([await services(), await allowed()]).toEqual([['Status'], null])
    write(
      'cors: { allow_origins: ["https://app.example"] }\n',
      'other: { name: Other, url: "http://127.0.0.1:1", auth_required: false }',
    )
    child.kill('SIGHUP')
    await soon(async () => expect(await services()).toEqual(['Other']))
    await soon(async () => expect(await allowed()).toBe('https://app.example'))
    expect(child.exitCode).toBeNull()
  })

  it('notices the file without being told', async () => {
    write('', 'third: { name: Third, url: "http://127.0.0.1:1", auth_required: false }')
    await soon(async () => expect(await services()).toEqual(['Third']))
    await soon(async () => expect(await allowed()).toBeNull())
  })

  it('goes on as it was with a wrong file, and says what is wrong', async () => {
    write('prot: 1\n', '')
    child.kill('SIGHUP')
    await soon(() => expect(log).toContain('the new configuration is wrong and changes nothing'))
    expect(log).toContain('prot')
    expect(await services()).toEqual(['Third'])
  })

  it('says which keys need a restart', async () => {
    write(
      'tokens: { access_ttl_seconds: 60 }\n',
      'third: { name: Third, url: "http://127.0.0.1:1", auth_required: false }',
    )
    child.kill('SIGHUP')
    await soon(() => expect(log).toMatch(/tokens\.access_ttl_seconds.*need a restart/))
  })
})
