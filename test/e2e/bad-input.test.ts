/** What a service gets that is wrong, and what it does: names it in one line, waits for what can come, ends with 78 for what cannot. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { natsAuthorization } from '@gateway/contracts'
import { freePort, type NatsServer, type RedisServer, startNatsServer, startRedisServer } from '@gateway/testing'
import { connect, nkeyAuthenticator, StorageType } from 'nats'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createCredentials } from './stack/credentials.ts'
import { type Process, startProcess } from './stack/processes.ts'
import { SERVICES, type Service } from './stack/replica.ts'

const SECRET = randomBytes(32).toString('base64url')
const EXIT_MISCONFIGURED = 78
/** Of five processes at once, on a busy machine. */
const START_MS = 60_000

describe('what bad input gets', { timeout: 3 * START_MS }, () => {
  const { publicKeys, seeds } = createCredentials()
  let folder: string
  let nats: NatsServer
  let redis: RedisServer
  const started: Process[] = []
  afterEach(async () => void (await Promise.all(started.splice(0).map((process) => process.kill('SIGKILL')))))
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-bad-input-'))
    nats = await startNatsServer({ config: natsAuthorization(publicKeys) })
    redis = await startRedisServer({ password: 'the right one' })
    const bootstrapped = await run('bootstrap', {})
    if ((await bootstrapped.exited()) !== 0) throw new Error(`bootstrap failed:\n${bootstrapped.log()}`)
  })
  afterAll(async () => {
    await Promise.all([nats?.stop(), redis?.stop()])
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  interface Given {
    readonly issuer?: string
    readonly secret?: string
    readonly natsUrl?: string
    readonly seed?: string
    readonly password?: string
    readonly telemetryPort?: number
    readonly args?: readonly string[]
  }

  /** Everything right but what is given. */
  async function run(part: Service | 'bootstrap', given: Given): Promise<Process> {
    const config = join(folder, `${await freePort()}.yaml`)
    const secret = given.secret ?? SECRET
    await writeFile(
      config,
      `
issuer: ${given.issuer ?? 'https://gateway.example.com'}
${secret === '' ? '' : `session_secret: "${secret}"`}
oauth_providers: { google: { client_id: a-client, client_secret: a-secret-of-google } }
mcp_services: { calculator: { name: Calculator, url: "http://127.0.0.1:1", scopes: [read] } }
nats: { url: "${given.natsUrl ?? nats.url}" }
storage: { type: redis, redis: { host: 127.0.0.1, port: ${redis.port}, password: "${given.password ?? 'the right one'}" } }
`,
    )
    const prefix = part.toUpperCase().replace('-', '_')
    const env = {
      NATS_NKEY_SEED: given.seed ?? seeds[part],
      [`${prefix}_TELEMETRY_PORT`]: String(given.telemetryPort ?? (await freePort())),
      [`${prefix}_PORT`]: String(await freePort()),
    }
    const script = part === 'bootstrap' ? 'services/gateway/src/main.ts' : `services/${part}/src/main.ts`
    const args = part === 'bootstrap' ? ['bootstrap', ...(given.args ?? [])] : []
    const process = startProcess(part, script, [...args, '--config', config], { cwd: folder, env })
    started.push(process)
    return process
  }

  /** What it said on the way out, without its log. */
  async function lastWords(
    process: Process,
  ): Promise<{ readonly code: number | null; readonly said: readonly string[] }> {
    const code = await process.exited()
    const said = process
      .log()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('{'))
    return { code, said }
  }

  /** Status of `/ready`, and which dependencies are red. */
  async function ready(port: number): Promise<{ readonly status: number; readonly red: readonly string[] }> {
    const response = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined)
    if (!response) return { status: 0, red: [] }
    const { dependencies } = (await response.json()) as { dependencies: Record<string, { status: string }> }
    const red = Object.entries(dependencies).flatMap(([name, { status }]) => (status === 'up' ? [] : [name]))
    return { status: response.status, red }
  }

  it.each<[string, (service: Service) => Given, (service: Service) => RegExp]>([
    ['a missing secret', () => ({ secret: '' }), () => /session_secret: is missing/],
    ['a weak secret', () => ({ secret: 'change-me' }), () => /session_secret: is too weak for a public issuer/],
    ['an address of NATS that is none', () => ({ natsUrl: 'http://127.0.0.1' }), () => /nats\.url: /],
    [
      'a credential that NATS refuses',
      (service) => ({ seed: createCredentials().seeds[service] }),
      (service) => new RegExp(`^nats: the server refuses the key of ${service}$`),
    ],
    [
      'a password that Redis refuses',
      (service) => (service === 'proxy' ? { secret: '' } : { password: 'the wrong one' }),
      (service) =>
        service === 'proxy' ? /session_secret/ : /^storage\.redis: the server refuses this user name and password$/,
    ],
  ])('ends every service with 78 for %s, named in one line', async (_, given, names) => {
    const ended = SERVICES.map(async (service) => lastWords(await run(service, given(service))))
    expect(await Promise.all(ended)).toEqual(
      SERVICES.map((service) => ({ code: EXIT_MISCONFIGURED, said: [expect.stringMatching(names(service))] })),
    )
  })

  it('waits for a NATS that is away: names it in the log, is red at /ready, and serves once it is there', async () => {
    await nats.kill()
    const ports = new Map<Service, number>()
    for (const service of SERVICES) ports.set(service, await freePort())
    const all = await Promise.all([...ports].map(([service, telemetryPort]) => run(service, { telemetryPort })))
    await Promise.all(
      all.map((process) => process.says(/"problem":"bus is unavailable[^"]*CONNECTION_REFUSED/, START_MS)),
    )
    for (const port of ports.values()) expect(await ready(port)).toEqual({ status: 503, red: ['bus'] })
    await nats.restart()
    for (const port of ports.values())
      await expect.poll(() => ready(port), { timeout: START_MS }).toEqual({ status: 200, red: [] })
    expect(all.every((process) => process.alive())).toBe(true)
  })

  describe('a stream that differs', () => {
    async function asBootstrap() {
      const authenticator = nkeyAuthenticator(new TextEncoder().encode(seeds.bootstrap))
      const nc = await connect({ servers: nats.url, authenticator, inboxPrefix: '_INBOX_bootstrap' })
      onTestFinished(() => nc.close())
      return nc.jetstreamManager()
    }

    it('is named by `bootstrap --check`, and mended by bootstrap', async () => {
      const manager = await asBootstrap()
      const { config } = await manager.streams.info('EVT_LOGINS')
      await manager.streams.update('EVT_LOGINS', { ...config, max_age: config.max_age * 2 })
      const check = await lastWords(await run('bootstrap', { args: ['--check'] }))
      expect(check.code).toBe(1)
      expect(check.said).toEqual(expect.arrayContaining(['differs    stream   EVT_LOGINS']))
      const mended = await lastWords(await run('bootstrap', {}))
      expect([mended.code, mended.said]).toEqual([0, expect.arrayContaining(['updated    stream   EVT_LOGINS'])])
    })

    it('ends bootstrap with 78 where no update mends it', async () => {
      const manager = await asBootstrap()
      const { config } = await manager.streams.info('PARKED')
      await manager.streams.delete('PARKED')
      await manager.streams.add({ ...config, storage: StorageType.Memory })
      const { code, said } = await lastWords(await run('bootstrap', {}))
      expect([code, said.at(-1)]).toEqual([
        EXIT_MISCONFIGURED,
        expect.stringMatching(/^nats: stream PARKED: .*storage/),
      ])
      await manager.streams.delete('PARKED')
    })

    it('that is missing is named by who reads it, red at /ready, and waited for', async () => {
      const manager = await asBootstrap()
      await manager.streams.delete('EVT_SERVICES')
      const telemetryPort = await freePort()
      const process = await run('proxy', { telemetryPort })
      await process.says(/"of":"EVT_SERVICES"[^\n]*bus is unavailable/, START_MS)
      expect(await ready(telemetryPort)).toEqual({ status: 503, red: ['catalogue'] })
      expect(await lastWords(await run('bootstrap', {}))).toEqual({
        code: 0,
        said: expect.arrayContaining(['created    stream   EVT_SERVICES']),
      })
      await expect.poll(() => ready(telemetryPort), { timeout: START_MS }).toEqual({ status: 200, red: [] })
    })
  })
})
