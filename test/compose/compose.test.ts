/** The deployment as people run it: up, scaled, replaced, killed and brought back, on a real engine. Figures are printed. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createOAuthClient, type OAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { programOf } from '../e2e/audit-page.ts'
import { connectSdkV2 } from '../e2e/clients/sdk-v2.ts'
import { signInAs } from '../e2e/sign-in.ts'
import { ROOT } from '../e2e/stack/processes.ts'
import { callModern, type Granted, obtainGrant } from '../e2e/wire.ts'
import { CALLERS, percentiles, startLoad, startStreams } from './load.ts'
import { reachProxies } from './proxies.ts'
import { type ComposeStack, dockerMissing, startCompose } from './stack.ts'

const missing = dockerMissing()
if (missing) console.warn(`SKIPPED: the compose deployment: ${missing}`)

const TWO_OF_EACH = ['token-issuer', 'registry', 'auth-server', 'provider-bridge'].flatMap((name) => [
  '--scale',
  `${name}=2`,
])
const PROJECT = 'gateway-compose-test'
const MINUTES = 60_000
const IDLE_SECONDS = 15
const REVOCATIONS = 200

describe.skipIf(missing)('docker compose -f infra/compose.yml up', { timeout: 5 * MINUTES }, () => {
  let stack: ComposeStack
  let client: OAuthClient
  let grant: Granted

  beforeAll(async () => {
    stack = await startCompose(PROJECT)
    client = createOAuthClient(stack.issuer)
  }, 8 * MINUTES)
  afterAll(() => stack?.stop(), 2 * MINUTES)

  it('serves the whole journey to the official SDK through the edge', async () => {
    const session = await connectSdkV2('auto')(stack.mcpUrl, signInAs('Ada Lovelace'))
    expect(await session.call('whoami', {})).toContain('Ada Lovelace')
    await session.close()
    grant = await obtainGrant(stack, client)
  })

  it('idles small (printed)', async () => {
    const stats = await stack.docker('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}')
    const own = stats.split('\n').filter((line) => line.startsWith(PROJECT) && !line.includes('demo'))
    const total = own.reduce((sum, line) => sum + Number.parseFloat(line.split(' ')[1] ?? '0'), 0)
    const names = own.map((line) => line.split(' ')[0] ?? '')
    const before = await Promise.all(names.map(cpuSeconds))
    await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1_000))
    const after = await Promise.all(names.map(cpuSeconds))
    const shares = after.map((seconds, index) => ((seconds - (before[index] ?? 0)) / IDLE_SECONDS) * 100)
    const lines = own.map((line, index) => `${line}, ${shares[index]?.toFixed(2)} % of a core`)
    const share = shares.reduce((sum, each) => sum + each, 0)
    console.log(
      `idle for ${IDLE_SECONDS} s, without demo: ${total.toFixed(0)} MiB (${(total * 1.048576).toFixed(0)} MB) and ${share.toFixed(1)} % of a core in ${own.length} containers\n${lines.join('\n')}`,
    )
    expect(own.length).toBe(8)
  })

  it('scales the proxy to 3, 5 and 2 while clients call and stream, and none fails', async () => {
    const [load, streams] = [startLoad(stack, grant.accessToken), startStreams(stack, grant.accessToken)]
    for (const count of [3, 5, 2]) {
      await stack.compose('up', '--detach', '--wait', '--no-recreate', '--scale', `proxy=${count}`, ...TWO_OF_EACH)
      expect(await stack.containers('proxy')).toHaveLength(count)
      const proxies = await reachProxies(stack)
      await proxies.allAnswer(200, grant.accessToken)
      proxies.close()
    }
    const [calls, streamed] = await Promise.all([load.stop(), streams.stop()])
    console.log(
      `scaling 3, 5, 2: ${calls.sent} calls, ${calls.failed.length} failed; ${streamed.sent} streams, ${streamed.failed.length} cut`,
    )
    expect([...calls.failed, ...streamed.failed]).toEqual([])
  })

  it('refuses a revoked token at every proxy (p50 and p99 printed)', async () => {
    const own = await obtainGrant(stack, client)
    const proxies = await reachProxies(stack)
    let { refreshToken } = own
    const times: number[] = []
    for (let index = 0; index < REVOCATIONS; index++) {
      const { body } = await client.refresh({ client_id: own.clientId, refresh_token: refreshToken })
      refreshToken = String(body.refresh_token)
      const token = String(body.access_token)
      await proxies.allAnswer(200, token)
      expect((await client.revoke({ client_id: own.clientId, token })).status).toBe(200)
      times.push(await proxies.allAnswer(401, token))
    }
    proxies.close()
    const { p50, p99 } = percentiles(times)
    console.log(
      `from the answer of ${REVOCATIONS} revocations to the refusal of the last of ${proxies.count} proxies: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    )
  })

  it.each(['proxy', 'auth-server', 'registry', 'token-issuer', 'provider-bridge'])(
    'replaces the replicas of %s one by one without a failed call',
    async (service) => {
      const load = startLoad(stack, grant.accessToken)
      for (const container of await stack.containers(service)) {
        await stack.docker('restart', '--time', '30', container)
        await healthy(container)
      }
      const { sent, failed } = await load.stop()
      console.log(`replacing ${service}: ${sent} calls, ${failed.length} failed`)
      expect(failed).toEqual([])
    },
  )

  it.each<[string, number]>([
    // What is under way on a proxy dies with it.
    ['proxy', CALLERS],
    ['auth-server', 0],
    ['registry', 0],
    ['token-issuer', 0],
    ['provider-bridge', 0],
    ['nats', 0],
    ['redis', 0],
  ])('loses no grant when a container of %s is killed, and at most %i proxied calls', async (service, lostMax) => {
    const load = startLoad(stack, grant.accessToken)
    const [victim = ''] = await stack.containers(service)
    await stack.docker('kill', victim)
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    await stack.docker('start', victim)
    await healthy(victim)
    const { sent, failed } = await load.stop()
    console.log(`killing ${service}: ${sent} calls, ${failed.length} failed`)
    expect(failed.slice(lostMax)).toEqual([])
    await expect.poll(refresh, { timeout: 30_000, interval: 500 }).toBe(200)
  })

  it('has every client, family, key and audit event after down and up', async () => {
    const registered = async () =>
      stack.compose('run', '--rm', '-T', 'operator', 'audit', 'search', '--type', 'client.registered')
    const before = (await registered()).trim().split('\n')
    expect(before.length).toBeGreaterThan(1)
    const keys = await (await fetch(`${stack.issuer}/.well-known/jwks.json`)).text()
    await stack.compose('down')
    await stack.compose('up', '--detach', '--wait')
    await expect.poll(refresh, { timeout: 30_000, interval: 500 }).toBe(200)
    expect(await (await fetch(`${stack.issuer}/.well-known/jwks.json`)).text()).toBe(keys)
    expect((await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)
    expect((await registered()).trim().split('\n')).toEqual(before)
  })

  it('lets a stranger read the audit with the credential that infra/audit.md has them print', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gateway-stranger-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await symlink(`${ROOT}node_modules`, join(folder, 'node_modules'))
    await writeFile(join(folder, 'audit.mjs'), await programOf('node'))
    const pasted = (await programOf('credential'))
      .replaceAll('infra/compose.yml', `${ROOT}infra/compose.yml`)
      .replace(':4222', `:${new URL(stack.natsUrl).port}`)
    const script = `${pasted}\ntimeout 10 node audit.mjs 'client.>' || test $? = 124`
    const env = { ...process.env, ...stack.env, COMPOSE_PROJECT_NAME: PROJECT }
    const { stdout } = await promisify(execFile)('bash', ['-euc', script], { cwd: folder, env })
    expect(stdout).toMatch(/^\S+ audit\.client\.registered \S+ allowed/m)
  })

  async function refresh(): Promise<number> {
    const answer = await client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })
    if (answer.status === 200)
      grant = {
        ...grant,
        accessToken: String(answer.body.access_token),
        refreshToken: String(answer.body.refresh_token),
      }
    return answer.status
  }

  /** CPU that a container has used, by control group version 2 or 1. */
  async function cpuSeconds(container: string): Promise<number> {
    const asked = 'grep usage_usec /sys/fs/cgroup/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpuacct/cpuacct.usage'
    const told = await stack.docker('exec', container, 'sh', '-c', asked)
    return told.startsWith('usage_usec') ? Number(told.split(' ')[1]) / 1e6 : Number(told) / 1e9
  }

  async function healthy(container: string): Promise<void> {
    const state = async () => (await stack.docker('inspect', '--format', '{{.State.Health.Status}}', container)).trim()
    await expect.poll(state, { timeout: 60_000, interval: 300 }).toBe('healthy')
  }
})
