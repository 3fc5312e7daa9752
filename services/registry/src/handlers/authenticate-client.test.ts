import { type Client, type ClientCredentials, clientCredentialsSchema } from '@gateway/contracts'
import { CLIENT_AUTHENTICATION_METHODS } from '@gateway/oauth'
import { beforeEach, describe, expect, it } from 'vitest'
import { clientSecretOf } from '../derived-credentials.ts'
import { createWorld, LOOPBACK, type World } from '../test-support/world.ts'
import { authenticateClient } from './authenticate-client.ts'

describe('authenticating a client', () => {
  let world: World

  const register = async (token_endpoint_auth_method: string): Promise<Client> =>
    (await world.register({ redirect_uris: [LOOPBACK], token_endpoint_auth_method })).client
  const authenticate = (credentials: ClientCredentials) => authenticateClient(world, credentials, { requestId: 'r1' })

  beforeEach(async () => {
    world = await createWorld()
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
    const client_secret = clientSecretOf(world.keyring, client)
    expect(await authenticate({ method, client_id: client.client_id, client_secret })).toEqual(client)
    expect(world.audited).toEqual([])
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
    const client = await register('none')
    const { client_id } = client
    const client_secret = clientSecretOf(world.keyring, client)
    await expect(authenticate({ method: 'client_secret_post', client_id, client_secret })).rejects.toMatchObject({
      name: 'Refusal',
      code: 'client_authentication_failed',
    })
  })

  it("refuses another client's secret, and records who failed but not with what", async () => {
    const [mine, other] = [await register('client_secret_basic'), await register('client_secret_basic')]
    const client_secret = clientSecretOf(world.keyring, other)
    await expect(
      authenticate({ method: 'client_secret_basic', client_id: mine.client_id, client_secret }),
    ).rejects.toMatchObject({ name: 'Refusal', code: 'client_authentication_failed' })
    expect(world.audited).toEqual([
      [
        'audit.client.authentication-failed',
        { decision: 'denied', reason: 'client_authentication_failed', request_id: 'r1', client_id: mine.client_id },
      ],
    ])
  })

  it.each([
    [0, true],
    [3_599, true],
    [3_600, false],
  ])('takes a secret that lives an hour after %d seconds: %s', async (age, expected) => {
    world = await createWorld({ config: { registration: { dynamic: { client_secret_ttl_seconds: 3_600 } } } })
    const { client, client_secret = '', client_secret_expires_at } = await world.register()
    expect(client_secret_expires_at).toBe(world.clock.now / 1_000 + 3_600)
    world.clock.advance(age * 1_000)
    const answer = authenticate({ method: 'client_secret_basic', client_id: client.client_id, client_secret })
    expect(
      await answer.then(
        () => true,
        () => false,
      ),
    ).toBe(expected)
  })

  it('takes any of the secrets that the operator configured, and no derived one', async () => {
    const secrets = ['the first secret of a machine', 'the second secret of a machine']
    const machine = { client_secret: secrets, grant_types: ['client_credentials'] }
    world = await createWorld({ config: { clients: { machine } } })
    const client = world.configured.get('machine')?.client as Client
    for (const client_secret of secrets)
      expect(await authenticate({ method: 'client_secret_basic', client_id: 'machine', client_secret })).toEqual(client)
    for (const client_secret of ['', `${secrets[0]} `, clientSecretOf(world.keyring, client)])
      await expect(
        authenticate({ method: 'client_secret_basic', client_id: 'machine', client_secret }),
      ).rejects.toMatchObject({ code: 'client_authentication_failed' })
    await expect(authenticate({ method: 'none', client_id: 'machine' })).rejects.toMatchObject({
      code: 'client_authentication_failed',
    })
  })

  it('refuses an unknown client as not found, so that it registers anew (pain-3), and records no arbitrary text', async () => {
    await expect(authenticate({ method: 'none', client_id: 'secret pasted\r\nby mistake' })).rejects.toMatchObject({
      name: 'Refusal',
      code: 'client_not_found',
    })
    expect(world.audited).toEqual([
      ['audit.client.authentication-failed', { decision: 'denied', reason: 'client_not_found', request_id: 'r1' }],
    ])
  })
})
