/** The deployment as people run it: up, scaled, replaced, killed and brought back, on a real engine. Figures are printed. */
import { createOAuthClient, type OAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectSdkV2 } from '../e2e/clients/sdk-v2.ts'
import { signInAs } from '../e2e/sign-in.ts'
import { callModern, type Granted, obtainGrant } from '../e2e/wire.ts'
import { percentiles, startLoad } from './load.ts'
import { type ComposeStack, dockerMissing, startCompose } from './stack.ts'

const missing = dockerMissing()
if (missing) console.warn(`SKIPPED: the compose deployment: ${missing}`)

const TWO_OF_EACH = ['token-issuer', 'registry', 'auth-server', 'provider-bridge'].flatMap((name) => [
  '--scale',
  `${name}=2`,
])
const MINUTES = 60_000

describe.skipIf(missing)('docker compose -f infra/compose.yml up', { timeout: 5 * MINUTES }, () => {
  let stack: ComposeStack
  let client: OAuthClient
  let grant: Granted

  beforeAll(async () => {
    stack = await startCompose('gateway-compose-test')
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
    const stats = await stack.docker('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}} {{.CPUPerc}}')
    const own = stats.split('\n').filter((line) => line.startsWith('gateway-compose-test') && !line.includes('demo'))
    const total = own.reduce((sum, line) => sum + Number.parseFloat(line.split(' ')[1] ?? '0'), 0)
    console.log(`idle, without demo: ${total.toFixed(0)} MiB in ${own.length} containers\n${own.join('\n')}`)
    expect(own.length).toBe(8)
  })

  it('scales the proxy to 3, 5 and 2 while clients call, and no call fails', async () => {
    const load = startLoad(stack, grant.accessToken)
    for (const count of [3, 5, 2]) {
      await stack.compose('up', '--detach', '--wait', '--no-recreate', '--scale', `proxy=${count}`, ...TWO_OF_EACH)
      expect(await stack.containers('proxy')).toHaveLength(count)
    }
    const { sent, failed } = await load.stop()
    console.log(`scaling 3, 5, 2: ${sent} calls, ${failed.length} failed`)
    expect(failed).toEqual([])
  })

  it('refuses a revoked token at every proxy (p50 and p99 printed)', async () => {
    const times: number[] = []
    for (let index = 0; index < 20; index++) {
      const { clientId, accessToken, refreshToken } = await obtainGrant(stack, client)
      expect((await client.revoke({ client_id: clientId, token: refreshToken })).status).toBe(200)
      const answered = performance.now()
      // The edge spreads over all replicas: refused everywhere once a run of calls is refused without exception.
      for (let refused = 0; refused < 6; )
        refused = (await callModern(stack, accessToken, 'whoami')).status === 401 ? refused + 1 : 0
      times.push(performance.now() - answered)
    }
    const { p50, p99 } = percentiles(times)
    console.log(
      `revocation to six refusals in a row over two proxies: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`,
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

  it.each(['auth-server', 'registry', 'token-issuer', 'provider-bridge', 'nats', 'redis'])(
    'loses no proxied call and no grant when a container of %s is killed',
    async (service) => {
      const load = startLoad(stack, grant.accessToken)
      const [victim = ''] = await stack.containers(service)
      await stack.docker('kill', victim)
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      await stack.docker('start', victim)
      await healthy(victim)
      const { failed } = await load.stop()
      expect(failed).toEqual([])
      await expect.poll(refresh, { timeout: 30_000, interval: 500 }).toBe(200)
    },
  )

  it('has every client, family and key after down and up', async () => {
    const keys = await (await fetch(`${stack.issuer}/.well-known/jwks.json`)).text()
    await stack.compose('down')
    await stack.compose('up', '--detach', '--wait')
    await expect.poll(refresh, { timeout: 30_000, interval: 500 }).toBe(200)
    expect(await (await fetch(`${stack.issuer}/.well-known/jwks.json`)).text()).toBe(keys)
    expect((await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)
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

  async function healthy(container: string): Promise<void> {
    const state = async () => (await stack.docker('inspect', '--format', '{{.State.Health.Status}}', container)).trim()
    await expect.poll(state, { timeout: 60_000, interval: 300 }).toBe('healthy')
  }
})
