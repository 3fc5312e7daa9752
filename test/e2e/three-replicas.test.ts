/**
 * Three replicas of every service over one real nats-server: whoever asks all of them at once finds one gateway. Each has its
 * own connection and its own memory; what they share is NATS and Redis.
 */
import { subjectOf } from '@gateway/bus'
import { connectNats } from '@gateway/bus/nats'
import { aggregates, streams, type TokenFamilyState } from '@gateway/contracts'
import { startDemoProvider } from '@gateway/demo'
import {
  claimsOf,
  createBrowser,
  createOAuthClient,
  freePort,
  provision,
  startNatsServer,
  startRedisServer,
  testConfig,
} from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Serving, serveInProcess } from './stack/in-process.ts'
import { REDIRECT } from './wire.ts'

const REPLICAS = 3
const PROVIDER_CLIENT = { clientId: 'gateway', clientSecret: 'a secret between gateway and demo provider' }

interface Replicas {
  readonly issuer: string
  readonly serving: readonly Serving[]
  /** Each request to the next replica, as an edge without affinity does. */
  readonly send: (url: URL | string, init?: RequestInit) => Promise<Response>
  stop(): Promise<void>
}

async function startReplicas(): Promise<Replicas> {
  const [nats, redis] = [await startNatsServer(), await startRedisServer()]
  const ports: number[] = []
  for (let index = 0; index < REPLICAS; index++) ports.push(await freePort())
  const issuer = `http://localhost:${ports[0]}`
  const redirectUri = `${issuer}/oauth/callback`
  const provider = await startDemoProvider({ host: 'localhost', port: 0, redirectUri, ...PROVIDER_CLIENT })
  const { clientId: client_id, clientSecret: client_secret } = PROVIDER_CLIENT
  const config = testConfig({
    issuer,
    nats: { url: nats.url },
    storage: { type: 'redis', redis: { host: '127.0.0.1', port: redis.port } },
    oauth_providers: { oidc: { issuer: provider.url, client_id, client_secret } },
    mcp_services: { calculator: { name: 'Calculator', url: 'http://localhost:9/mcp', scopes: ['read', 'calculate'] } },
  })
  const bus = await connectNats({ url: nats.url, name: 'bootstrap', streams: Object.values(streams) })
  await provision(bus, config)
  await bus.close()
  const serving = await Promise.all(ports.map((port) => serveInProcess(config, port)))
  let turn = 0
  const send: Replicas['send'] = (to, init) => {
    const url = new URL(to)
    if (url.origin === issuer) url.port = String(ports[turn++ % REPLICAS])
    return fetch(url, init)
  }
  const stop = async () => {
    await Promise.all(serving.map((one) => one.stop()))
    await Promise.all([provider.close(), nats.stop(), redis.stop()])
  }
  return { issuer, serving, send, stop }
}

let replicas: Replicas
beforeAll(async () => {
  replicas = await startReplicas()
})
afterAll(() => replicas?.stop())

/** A code that nobody has redeemed, and what its redemption must show. */
async function obtainCode() {
  const { issuer, send } = replicas
  const client = createOAuthClient(issuer, send)
  const { body } = await client.register({
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
  })
  const client_id = String(body['client_id'])
  const request = client.authorization({ client_id, redirect_uri: REDIRECT, resource: `${issuer}/calculator/mcp` })
  const browser = createBrowser({ stopAt: REDIRECT, send })
  const page = await browser.submit(await browser.open(request.url), { button: { name: 'decision', value: 'approve' } })
  const person = page.forms.flatMap(({ buttons }) => buttons).find(({ text }) => text.includes('Ada Lovelace'))
  const { url } = await browser.submit(page, { button: person?.text })
  const shown = { client_id, code: url.searchParams.get('code') ?? '', redirect_uri: REDIRECT }
  return { client, shown: { ...shown, code_verifier: request.verifier } }
}

async function familyOf(accessToken: unknown): Promise<TokenFamilyState> {
  const family = String(claimsOf(String(accessToken))['sid'])
  const last = await replicas.serving[0]?.bus.last(subjectOf(aggregates.tokenFamily, family))
  if (!last) throw new Error(`no family ${family}`)
  return (last.data as { state: TokenFamilyState }).state
}

const times = <Result>(count: number, work: () => Promise<Result>) => Promise.all(Array.from({ length: count }, work))

describe('three replicas over NATS', () => {
  it('give one pair of tokens for 100 parallel redemptions of a code, and end it (advisory: concurrent code redemption)', async () => {
    const { client, shown } = await obtainCode()
    const answers = await times(100, () => client.exchange(shown))
    const [given, ...others] = answers.toSorted((a, b) => a.status - b.status)
    expect(given?.status).toBe(200)
    expect(new Set(others.map(({ status, body }) => `${status} ${String(body['error'])}`))).toEqual(
      new Set(['400 invalid_grant']),
    )
    expect(await familyOf(given?.body['access_token'])).toMatchObject({ status: 'revoked', reason: 'code_replayed' })
  })

  it('keep one lineage through 50 parallel refreshes, and nobody is logged out (pain-1, advisory: concurrent refresh)', async () => {
    const { client, shown } = await obtainCode()
    const { body } = await client.exchange(shown)
    let current = body['refresh_token']
    for (const generation of [1, 2, 3]) {
      const { client_id } = shown
      const answers = await times(50, () => client.refresh({ client_id, refresh_token: String(current) }))
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      const next = new Set(answers.map((answer) => answer.body['refresh_token']))
      expect([next.size, next.has(current)]).toEqual([1, false])
      ;[current] = next
      expect(await familyOf(answers[0]?.body['access_token'])).toMatchObject({ status: 'active', generation })
    }
  })
})
