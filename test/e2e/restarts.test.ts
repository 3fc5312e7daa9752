/** Parts are killed in the middle and come back: no client, family or key is lost, and valid tokens work all the while. */
import { createOAuthClient, type OAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signInAs } from './sign-in.ts'
import { type FiveProcesses, startFiveProcesses } from './stack/five-processes.ts'
import { SERVICES } from './stack/replica.ts'
import { callModern, type Granted, obtainGrant, REDIRECT } from './wire.ts'

describe('five processes over NATS and Redis', () => {
  let stack: FiveProcesses
  let client: OAuthClient
  let grant: Granted
  let keys: unknown

  const publishedKeys = () => fetch(`${stack.issuer}/.well-known/jwks.json`).then((response) => response.json())

  beforeAll(async () => {
    stack = await startFiveProcesses()
    client = createOAuthClient(stack.issuer)
    grant = await obtainGrant(stack, client)
    keys = await publishedKeys()
  })
  afterAll(() => stack?.stop())

  /** The client of before signs its person in again, the family of before is refreshed, the token of before still works. */
  async function nothingIsLost(): Promise<void> {
    const called = await callModern(stack, grant.accessToken, 'whoami')
    expect([called.status, await called.text()]).toEqual([200, expect.stringContaining('Ada Lovelace')])
    const refreshed = await client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })
    expect(refreshed.status).toBe(200)
    grant = {
      ...grant,
      accessToken: String(refreshed.body.access_token),
      refreshToken: String(refreshed.body.refresh_token),
    }
    const request = client.authorization({ client_id: grant.clientId, redirect_uri: REDIRECT, resource: stack.mcpUrl })
    const redirect = await signInAs('Ada Lovelace')(request.url, REDIRECT)
    const tokens = await client.exchange({
      client_id: grant.clientId,
      code: redirect.searchParams.get('code') ?? '',
      redirect_uri: REDIRECT,
      code_verifier: request.verifier,
    })
    expect(tokens.status).toBe(200)
    expect(await publishedKeys()).toEqual(keys)
  }

  it('serves valid tokens and says 503 for the rest while NATS is away; nothing is lost when it is back', async () => {
    await stack.nats.kill('SIGKILL')
    expect((await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)
    const refused = await client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })
    expect(refused).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    await stack.nats.restart()
    await stack.ready()
    await nothingIsLost()
  })

  it('serves valid tokens and says 503 for the rest while Redis is away; nothing is lost when it is back', async () => {
    await stack.store.kill('SIGKILL')
    expect((await callModern(stack, grant.accessToken, 'whoami')).status).toBe(200)
    const refused = await client.refresh({ client_id: grant.clientId, refresh_token: grant.refreshToken })
    expect(refused).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
    await stack.store.restart()
    await stack.ready()
    await nothingIsLost()
  })

  it.each(SERVICES)('loses nothing when %s is killed and started again', async (name) => {
    await stack.services[name][0]?.restart()
    await stack.ready()
    expect(await publishedKeys()).toEqual(keys)
    await nothingIsLost()
  })

  it('keeps a revocation through a restart of every process', async () => {
    const other = await obtainGrant(stack, client, 'Grace Hopper')
    await client.revoke({ client_id: other.clientId, token: other.refreshToken })
    for (const name of SERVICES) await stack.services[name][0]?.restart()
    await stack.ready()
    expect((await callModern(stack, other.accessToken, 'whoami')).status).toBe(401)
    await nothingIsLost()
  })
})
