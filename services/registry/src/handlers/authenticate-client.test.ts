import { type AuditData, type Client, type ClientCredentials, clientCredentialsSchema } from '@gateway/contracts'
import { CLIENT_AUTHENTICATION_METHODS } from '@gateway/oauth'
import { testDeps } from '@gateway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { clientSecretOf } from '../client-secret.ts'
import { authenticateClient } from './authenticate-client.ts'
import { registerClient } from './register-client.ts'

describe('authenticating a client', () => {
  let deps: Awaited<ReturnType<typeof testDeps>>
  let audited: (readonly [string, AuditData])[]
  const audit = { record: (type: string, data: AuditData) => void audited.push([type, data]) }
  let requests = 0

  async function register(token_endpoint_auth_method: string): Promise<Client> {
    const metadata = { redirect_uris: ['http://localhost/callback'], token_endpoint_auth_method }
    const input = { metadata, address: '192.0.2.1' }
    return (await registerClient({ ...deps, audit }, input, { requestId: `register-${++requests}` })).client
  }
  const authenticate = (credentials: ClientCredentials) =>
    authenticateClient({ ...deps, audit }, credentials, { requestId: 'r1' })

  beforeEach(async () => {
    deps = await testDeps()
    audited = []
  })

  it('takes exactly the methods that registration and metadata name (original-14)', () => {
    const accepted = clientCredentialsSchema.options.map(({ shape }) => shape.method.value)
    expect(accepted).toEqual(CLIENT_AUTHENTICATION_METHODS)
  })

  it.each([
    ['client_secret_basic', 'client_secret_basic'],
    ['client_secret_basic', 'client_secret_post'],
    ['client_secret_post', 'client_secret_basic'],
    ['client_secret_post', 'client_secret_post'],
  ] as const)('lets one registered for %s prove its secret by %s (RFC 6749 §2.3.1)', async (registered, method) => {
    const client = await register(registered)
    const client_secret = clientSecretOf(deps.keyring, client.client_id)
    expect(await authenticate({ method, client_id: client.client_id, client_secret })).toEqual(client)
    expect(audited).toEqual([])
  })

  it('takes a public client by its id alone', async () => {
    const client = await register('none')
    expect(await authenticate({ method: 'none', client_id: client.client_id })).toEqual(client)
  })

  it.each(['client_secret_basic', 'client_secret_post'])('never takes one of %s without its secret', async (method) => {
    const { client_id } = await register(method)
    await expect(authenticate({ method: 'none', client_id })).rejects.toMatchObject({
      name: 'Refusal',
      code: 'client_authentication_failed',
    })
  })

  it('refuses a public client that sends a secret, even the one that would be derived', async () => {
    const { client_id } = await register('none')
    const client_secret = clientSecretOf(deps.keyring, client_id)
    await expect(authenticate({ method: 'client_secret_post', client_id, client_secret })).rejects.toMatchObject({
      name: 'Refusal',
      code: 'client_authentication_failed',
    })
  })

  it("refuses another client's secret, and records who failed but not with what", async () => {
    const [mine, other] = [await register('client_secret_basic'), await register('client_secret_basic')]
    const client_secret = clientSecretOf(deps.keyring, other.client_id)
    await expect(
      authenticate({ method: 'client_secret_basic', client_id: mine.client_id, client_secret }),
    ).rejects.toMatchObject({ name: 'Refusal', code: 'client_authentication_failed' })
    expect(audited).toEqual([
      [
        'audit.client.authentication-failed',
        { decision: 'denied', reason: 'client_authentication_failed', request_id: 'r1', client_id: mine.client_id },
      ],
    ])
  })

  it('refuses an unknown client as not found, so that it registers anew (pain-3), and records no arbitrary text', async () => {
    await expect(authenticate({ method: 'none', client_id: 'secret pasted\r\nby mistake' })).rejects.toMatchObject({
      name: 'Refusal',
      code: 'client_not_found',
    })
    expect(audited).toEqual([
      ['audit.client.authentication-failed', { decision: 'denied', reason: 'client_not_found', request_id: 'r1' }],
    ])
  })
})
