/** One process without NATS keeps what it acknowledged: on Redis in Redis, on OpenBao in a file. Killed in the middle, it goes on. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createOAuthClient, type OAuthClient, startRedisServer, startVaultServer } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OneProcess, startOneProcessOn } from './stack/one-process.ts'
import { callModern, type Granted, obtainGrant } from './wire.ts'

interface Backend {
  readonly storage: string
  stop(): Promise<void>
}

const BACKENDS: Readonly<Record<string, () => Promise<Backend>>> = {
  Redis: async () => {
    const redis = await startRedisServer()
    const storage = `{ type: redis, redis: { host: ${redis.host}, port: ${redis.port} } }`
    return { storage, stop: () => redis.stop() }
  },
  OpenBao: async () => {
    const vault = await startVaultServer()
    const storage = `{ type: vault, vault: { url: "${vault.address}", token: "${vault.token}", auth_method: token } }`
    return { storage, stop: () => vault.stop() }
  },
}

describe.each(Object.entries(BACKENDS))('one process without NATS, on %s', (name, startBackend) => {
  let backend: Backend
  let stack: OneProcess
  let client: OAuthClient
  let grant: Granted

  beforeAll(async () => {
    backend = await startBackend()
    stack = await startOneProcessOn(backend.storage)
    client = createOAuthClient(stack.issuer)
    grant = await obtainGrant(stack, client)
  })
  afterAll(async () => {
    await stack?.stop()
    await backend?.stop()
  })

  const publishedKeys = () => fetch(`${stack.issuer}/.well-known/jwks.json`).then((response) => response.json())

  async function refresh(): Promise<void> {
    const refreshed = await client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })
    expect(refreshed).toMatchObject({ status: 200 })
    const { access_token: accessToken, refresh_token: refreshToken } = refreshed.body
    grant = { ...grant, accessToken: String(accessToken), refreshToken: String(refreshToken) }
    expect((await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)
  }

  it('refreshes with the token of before it was killed; keys, clients and tokens are as they were', async () => {
    const keys = await publishedKeys()
    await stack.gateway.restart()
    await stack.ready()
    expect(await publishedKeys()).toEqual(keys)
    expect((await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)
    await refresh()
  })

  it('remembers a revocation, and refuses the family of a code that is used again', async () => {
    const other = await obtainGrant(stack, client, 'Grace Hopper')
    expect((await client.revoke({ client_id: other.clientId, token: other.refreshToken })).status).toBe(200)
    await stack.gateway.restart()
    await stack.ready()
    expect((await callModern(stack, other.accessToken, 'whoami')).status).toBe(401)
    const refused = await client.refresh({ client_id: other.clientId, refresh_token: other.refreshToken })
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('loses no acknowledged registration, killed while they come in', async () => {
    const acknowledged: string[] = []
    const killing = new AbortController()
    const register = async () => {
      while (!killing.signal.aborted) {
        const redirect = ['http://127.0.0.1:4711/callback']
        const answer = await client
          .register({ client_name: 'Storm', redirect_uris: redirect, token_endpoint_auth_method: 'none' })
          .catch(() => undefined)
        if (answer?.status !== 201) break
        acknowledged.push(String(answer.body['client_id']))
      }
    }
    const storm = Promise.all(Array.from({ length: 4 }, register))
    await new Promise((resolve) => setTimeout(resolve, 300))
    const restarted = stack.gateway.restart()
    killing.abort()
    await Promise.all([storm, restarted])
    await stack.ready()
    expect(acknowledged.length).toBeGreaterThan(0)
    for (const clientId of acknowledged) {
      const redirect = { client_id: clientId, redirect_uri: 'http://127.0.0.1:4711/callback', resource: stack.mcpUrl }
      const page = await fetch(client.authorization(redirect).url, { redirect: 'manual' })
      expect([clientId, page.status]).toEqual([clientId, 200])
    }
  })

  it('admits no second process: it exits 78 and names nats.url', async () => {
    const second = await stack.startAnother()
    await second.says(/nats\.url/)
    expect(await second.exited()).toBe(78)
    await refresh()
  })

  it.runIf(name === 'OpenBao')('cuts off a torn last record, says so, and goes on', async () => {
    await stack.gateway.kill('SIGKILL')
    await appendFile(join(stack.folder, 'data', 'journal.ndjson'), '{"put":{"message/EVT_CLIENTS/99')
    await stack.gateway.restart()
    await stack.ready()
    expect(stack.log()).toContain('a torn last record was cut off')
    await refresh()
  })
})
