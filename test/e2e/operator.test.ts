/** Operators over NATS, with the key that the contracts give them: what they see, what they do, what the audit says of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FiveProcesses, startFiveProcesses } from './stack/five-processes.ts'
import { startProcess } from './stack/processes.ts'
import { callModern, type Granted, obtainGrant } from './wire.ts'

interface User {
  readonly sub: string
}

describe('an operator of a deployment', () => {
  let stack: FiveProcesses
  let granted: Granted
  let cwd: string

  beforeAll(async () => {
    stack = await startFiveProcesses()
    granted = await obtainGrant(stack, createOAuthClient(stack.issuer))
    cwd = await mkdtemp(join(tmpdir(), 'gateway-operator-'))
    await writeFile(join(cwd, 'config.yaml'), configText(stack))
  })
  afterAll(async () => {
    await stack?.stop()
    await rm(cwd, { recursive: true, force: true })
  })

  /** The command as its user runs it. */
  async function gateway(...args: string[]): Promise<{ readonly code: number | null; readonly out: string }> {
    const env = { NATS_NKEY_SEED: stack.seeds.operator }
    const command = startProcess('gateway', 'services/gateway/src/main.ts', args, { cwd, env })
    return { code: await command.exited(), out: command.log() }
  }

  async function json<T>(...args: string[]): Promise<T> {
    const { code, out } = await gateway(...args, '--json')
    if (code !== 0) throw new Error(out)
    return JSON.parse(out) as T
  }

  it('sees who signed in, with which client, to which service', async () => {
    const [user] = await json<User[]>('users', 'list')
    const { grants } = await json<{ grants: { client_id: string; resource: string }[] }>('users', 'show', user!.sub)
    expect(grants).toMatchObject([{ resource: stack.mcpUrl }])
    const clients = await json<{ client_id: string }[]>('clients', 'list')
    expect(clients.map(({ client_id }) => client_id)).toContain(grants[0]!.client_id)
    expect((await gateway('services', 'list')).out).toContain('calculator')
  })

  it('finds every view equal to its stream folded afresh', async () => {
    for (const service of ['auth-server', 'registry', 'token-issuer', 'proxy']) {
      const { code, out } = await gateway('projections', 'verify', service)
      expect([service, code, out]).toEqual([service, 0, expect.stringContaining('equal')])
      expect(out).not.toContain('DIFFERS')
    }
    expect(await json('parked', 'list')).toEqual({ parked: [], silent: [] })
  })

  it('rotates keys, and nobody is refused', async () => {
    const { kid } = await json<{ kid: string }>('keys', 'rotate', 'access-token')
    expect((await gateway('keys', 'list')).out).toContain(kid)
    expect((await callModern(stack, granted.accessToken, 'whoami')).status).toBe(200)
  })

  it('finds everything in the store sealed with the active key', async () => {
    const report = await json<{ resealed: number; current: number; unreadable: unknown[] }>('store', 'reseal')
    expect(report).toMatchObject({ resealed: 0, unreadable: [] })
    expect(report.current).toBeGreaterThan(0)
  })

  it('ends what a user holds, at once, and the audit says who did it', async () => {
    const [user] = await json<User[]>('users', 'list')
    expect((await gateway('users', 'block', user!.sub)).code).toBe(0)
    expect((await callModern(stack, granted.accessToken, 'whoami')).status).toBe(401)
    const { out } = await gateway('audit', 'search', '--user', user!.sub, '--json')
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; data: { actor?: string } })
    const byOperator = events.filter(({ data }) => data.actor === 'operator').map(({ type }) => type)
    expect(byOperator).toEqual(expect.arrayContaining(['audit.operator.asked', 'audit.identity.changed']))
  })
})

/** As the services have it, with a secret of the provider that operators need not know. */
function configText({ issuer, nats, store }: FiveProcesses): string {
  return `
issuer: ${issuer}
session_secret: e2e-e2e-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH
nats: { url: "${nats.url}" }
storage: { type: redis, redis: { host: 127.0.0.1, port: ${store.port} } }
oauth_providers:
  oidc: { issuer: "http://localhost:1", client_id: gateway, client_secret: unknown-to-operators }
`
}
