/**
 * The services of the previous commit beside this one's, over the same streams and the same store: replaced one service after
 * another, and then back again. On the way up what is replaced early is new beside old ones, on the way down old beside new
 * ones, so each two services meet in all four ways.
 */
import { createOAuthClient, type OAuthClient, startNatsServer, startRedisServer } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deploy, type FiveProcesses } from './stack/five-processes.ts'
import { checkOutPrevious } from './stack/previous-version.ts'
import { answers, ROOT } from './stack/processes.ts'
import { SERVICES, type Service } from './stack/replica.ts'
import { callModern, type Granted, obtainGrant } from './wire.ts'

const MINUTE = 60_000
const [OLD, NEW] = [0, 1]
const previous = checkOutPrevious()
afterAll(() => previous?.remove())

describe.skipIf(!previous)(`a rolling upgrade from ${previous?.name}`, { timeout: 2 * MINUTE }, () => {
  let stack: FiveProcesses
  let client: OAuthClient
  /** Of before anything was replaced. */
  let grant: Granted

  beforeAll(async () => {
    stack = await deploy({
      nats: (config) => startNatsServer({ config }),
      store: () => startRedisServer(),
      replicas: 2,
      roots: [previous?.root ?? ROOT, ROOT],
      configuration: (nats, redis) => `
nats: { url: "${nats.url}" }
storage: { type: redis, redis: { host: 127.0.0.1, port: ${redis.port} } }
shutdown: { delay_seconds: 1.5 }`,
    })
    client = createOAuthClient(stack.issuer)
  }, 4 * MINUTE)
  afterAll(() => stack?.stop())

  /** A new client comes in and goes; the grant of before is refreshed, and the status of a call with it is the result. */
  async function journey(): Promise<number> {
    const fresh = await obtainGrant(stack, client, 'Grace Hopper')
    expect((await callModern(stack, fresh.accessToken, 'whoami')).status).toBe(200)
    expect((await client.revoke({ client_id: fresh.clientId, token: fresh.refreshToken })).status).toBe(200)
    await expect.poll(async () => (await callModern(stack, fresh.accessToken, 'whoami')).status).toBe(401)

    const refreshed = await client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })
    expect(refreshed.status).toBe(200)
    const { access_token, refresh_token } = refreshed.body
    grant = { ...grant, accessToken: String(access_token), refreshToken: String(refresh_token) }
    return (await callModern(stack, grant.accessToken, 'whoami')).status
  }

  /** The result of a journey while both are there, and of one with the new one alone. */
  async function replace(service: Service, from: number, to: number): Promise<readonly number[]> {
    const [leaving, coming] = [stack.services[service][from], stack.services[service][to]]
    if (!leaving || !coming) throw new TypeError(`two replicas of ${service}`)
    await coming.restart()
    await answers(`http://127.0.0.1:${coming.telemetryPort}/ready`, MINUTE)
    const together = await journey()
    await leaving.kill('SIGTERM')
    return [together, await journey()]
  }

  it('serves with both versions of everything side by side', async () => {
    grant = await obtainGrant(stack, client)
    for (let n = 0; n < 4; n++) expect(await journey()).toBe(200)
  })

  it('serves with the old ones alone, on the streams that the new `bootstrap` has made', async () => {
    await Promise.all(SERVICES.map(async (service) => stack.services[service][NEW]?.kill('SIGTERM')))
    expect(await journey()).toBe(200)
  })

  it.each(SERVICES)('goes on while %s becomes new', async (service) => {
    expect(await replace(service, OLD, NEW)).toEqual([200, 200])
  })

  it.each(SERVICES)('goes on while %s becomes old again', async (service) => {
    expect(await replace(service, NEW, OLD)).toEqual([200, 200])
  })
})
