import { beforeEach, describe, expect, it } from 'vitest'
import { isClientSecretOf, isRegistrationAccessTokenOf } from '../derived-credentials.ts'
import { createWorld, request, type World } from '../test-support/world.ts'
import { registerClient } from './register-client.ts'
import { resolveClient } from './resolve-client.ts'

const form = { client_name: 'My MCP Client', redirect_uris: 'http://localhost:8080/callback' }
const inspector = {
  client_name: 'MCP Inspector',
  redirect_uris: ['http://127.0.0.1:6276/oauth/callback'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  application_type: 'native',
  scope: 'read',
}

describe('registering a client', () => {
  let world: World
  const register = (metadata: Record<string, unknown>) => world.register(metadata)
  const registerFrom = (address: string, token?: string) =>
    registerClient(world, { metadata: form, address, initial_access_token: token }, request())
  const refusalOf = (registration: Promise<unknown>) =>
    registration.then(
      () => 'none',
      (error: { code?: string }) => error.code,
    )

  beforeEach(async () => {
    world = await createWorld()
  })

  it('answers what was registered and a secret that never expires (RFC 7591 §3.2.1)', async () => {
    const { client, client_secret, client_secret_expires_at } = await register(form)
    expect(client).toMatchObject({ origin: 'registered', registered_at: world.clock.now })
    expect(client.metadata).toMatchObject({
      redirect_uris: ['http://localhost:8080/callback'],
      token_endpoint_auth_method: 'client_secret_basic',
    })
    expect(isClientSecretOf(world.keyring, client, client_secret ?? '', { now: world.clock.now })).toBe(true)
    expect(client_secret_expires_at).toBe(0)
  })

  it('gives a public client no secret', async () => {
    const registration = await register(inspector)
    expect(registration).not.toHaveProperty('client_secret')
    expect(registration).not.toHaveProperty('client_secret_expires_at')
    expect(registration.client.metadata).toMatchObject(inspector)
  })

  it('gives two alike two ids and two secrets (original-1)', async () => {
    const [one, two] = [await register(form), await register(form)]
    expect(one.client.client_id).not.toBe(two.client.client_id)
    expect(one.client_secret).not.toBe(two.client_secret)
    expect(one.client.client_id).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })

  it('is known to every replica at once, and kept without its secret', async () => {
    const { client, client_secret } = await register(form)
    expect(await resolveClient(world, client.client_id)).toEqual(client)
    const facts: string[] = []
    const projection = await world.bus.project(
      { stream: 'EVT_REGISTRATIONS', subject: 'evt.registry.registration.*' },
      { reset: () => {}, apply: ({ data }) => void facts.push(JSON.stringify(data)) },
    )
    await projection.caughtUp
    await projection.stop()
    expect(facts).toHaveLength(1)
    expect(facts[0]).not.toContain(client_secret)
  })

  it('is forgotten after seven days without a redeemed code (pain-4)', async () => {
    const { client } = await register(form)
    world.clock.advance(7 * 86_400_000 + 1)
    await expect(resolveClient(world, client.client_id)).rejects.toMatchObject({
      name: 'Refusal',
      code: 'client_not_found',
    })
  })

  it.each([
    [{}, 'invalid_redirect_uri'],
    [{ ...form, redirect_uris: 'javascript:alert(1)' }, 'invalid_redirect_uri'],
    [{ ...form, token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
  ])('refuses %j with %s (RFC 7591 §3.2.2), and says so in the audit', async (metadata, code) => {
    await expect(register(metadata)).rejects.toMatchObject({ name: 'Refusal', code })
    expect(world.audited).toEqual([
      [
        'audit.client.refused',
        {
          decision: 'denied',
          reason: code,
          actor: 'anonymous',
          address: expect.stringMatching(/^192\.0\.2\./),
          request_id: expect.stringMatching(/^request-/),
        },
      ],
    ])
  })

  it('answers where and with what the client manages its registration (RFC 7592 §3)', async () => {
    const { client, registration_access_token = '', registration_client_uri } = await register(inspector)
    expect(registration_client_uri).toBe(`http://localhost:8080/oauth/register/${client.client_id}`)
    expect(isRegistrationAccessTokenOf(world.keyring, client, registration_access_token, world.clock.now)).toBe(true)
  })

  it('refuses when the stream of registrations is full, and loses nobody', async () => {
    const kept = await register(form)
    await world.bus.ensureStream({
      name: 'EVT_REGISTRATIONS',
      subjects: ['evt.registry.registration.*'],
      maxMessages: 1,
      discard: 'new',
      appendOnly: false,
      replicas: 1,
    })
    await expect(register(form)).rejects.toMatchObject({ code: 'registration_limit', detail: { limit: 'total' } })
    expect(await resolveClient(world, kept.client.client_id)).toEqual(kept.client)
  })

  it('is an outage, not a limit, when the bus is away', async () => {
    await world.bus.close()
    await expect(register(form)).rejects.toMatchObject({ name: 'Unavailable' })
  })

  it('takes 300 in an hour from one address, whatever else others do (pain-4, pain-16)', async () => {
    const answers: unknown[] = []
    for (let index = 0; index < 310; index++) answers.push(await refusalOf(registerFrom('198.51.100.7')))
    expect(answers.filter((code) => code === 'none')).toHaveLength(300)
    expect(answers.slice(300)).toEqual(Array.from({ length: 10 }, () => 'registration_limit'))
    expect(await refusalOf(registerFrom('198.51.100.8'))).toBe('none')
    world.clock.advance(3_600_000)
    expect(await refusalOf(registerFrom('198.51.100.7'))).toBe('none')
  })

  it('costs one append, however many there are (original-27)', async () => {
    world = await createWorld({ config: { registration: { dynamic: { per_address_per_hour: 10_000 } } } })
    const asked: (string | symbol)[] = []
    const counted = new Proxy(world.bus, {
      get(bus, name) {
        const member = Reflect.get(bus, name) as unknown
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          asked.push(name)
          return Reflect.apply(member, bus, args) as unknown
        }
      },
    })
    const costOf = async () => {
      asked.length = 0
      const registration = await registerClient({ ...world, bus: counted }, { metadata: form, address: '' }, request())
      await resolveClient({ ...world, bus: counted }, registration.client.client_id)
      return [...asked]
    }
    const first = await costOf()
    expect(first).toEqual(['last', 'append', 'last', 'last'])
    for (let index = 0; index < 2_000; index++) await register(form)
    expect(await costOf()).toEqual(first)
  })

  it('counts an IPv6 network as one address, and a mapped address as what it is', async () => {
    world = await createWorld({ config: { registration: { dynamic: { per_address_per_hour: 2 } } } })
    const codes: unknown[] = []
    for (const address of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:2::3', '2001:db8:1:3::1'])
      codes.push(await refusalOf(registerFrom(address)))
    for (const address of ['192.0.2.9', '::ffff:192.0.2.9', '::ffff:c000:209'])
      codes.push(await refusalOf(registerFrom(address)))
    const limit = 'registration_limit'
    expect(codes).toEqual(['none', 'none', limit, 'none', 'none', 'none', limit])
  })

  it('is closed when the operator says so', async () => {
    world = await createWorld({ config: { registration: { dynamic: { enabled: false } } } })
    expect(await refusalOf(register(form))).toBe('registration_closed')
  })

  it('takes an initial access token where the operator wants one (RFC 7591 §3), and guesses count', async () => {
    const dynamic = { initial_access_tokens: ['token one', 'token two'], per_address_per_hour: 4 }
    world = await createWorld({ config: { registration: { dynamic } } })
    const codes: unknown[] = []
    for (const token of ['token one', 'token two', undefined, 'token three', 'token one'])
      codes.push(await refusalOf(registerFrom('192.0.2.1', token)))
    const invalid = 'initial_access_token_invalid'
    expect(codes).toEqual(['none', 'none', invalid, invalid, 'registration_limit'])
    expect(JSON.stringify(world.audited)).not.toContain('token three')
  })

  it.each([
    [{ allow_redirect_domains: ['app.example'] }, 'https://app.example/cb', 'none'],
    [{ allow_redirect_domains: ['app.example'] }, 'https://other.example/cb', 'invalid_redirect_uri'],
    [{ allow_redirect_domains: ['app.example'] }, 'https://app.example.evil.example/cb', 'invalid_redirect_uri'],
    [{ allow_redirect_domains: ['app.example'] }, 'https://notapp.example/cb', 'invalid_redirect_uri'],
    [{ allow_redirect_domains: ['app.example'] }, 'https://sub.app.example/cb', 'invalid_redirect_uri'],
    [{ allow_redirect_domains: ['*.app.example'] }, 'https://sub.app.example/cb', 'none'],
    [{ allow_redirect_domains: ['*.app.example'] }, 'https://app.example/cb', 'invalid_redirect_uri'],
    [{ allow_redirect_domains: ['app.example'] }, 'http://localhost:8080/cb', 'none'],
    [{ deny_redirect_domains: ['evil.example'] }, 'https://EVIL.example/cb', 'invalid_redirect_uri'],
    [{ deny_redirect_domains: ['localhost'] }, 'http://127.0.0.1:8080/cb', 'invalid_redirect_uri'],
    [{}, 'myapp:/cb', 'invalid_redirect_uri'],
    [{ redirect_schemes: ['myapp'] }, 'myapp:/cb', 'none'],
  ])('with the policy %j and the redirect URI %s answers %s', async (registration, uri, code) => {
    world = await createWorld({ config: { registration } })
    expect(await refusalOf(register({ redirect_uris: [uri] }))).toBe(code)
  })
})
