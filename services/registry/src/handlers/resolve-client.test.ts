import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DocumentServer, startDocumentServer } from '../test-support/document-server.ts'
import { createWorld, LOOPBACK, request, type World, withPrivateHost } from '../test-support/world.ts'
import { answerClient, resolveClient, usedClient } from './resolve-client.ts'

describe('a client that is named by the URL of its metadata (A4)', () => {
  let server: DocumentServer
  let world: World
  let paths = 0
  /** A document of its own for each test, at a URL that nothing remembers. */
  function publish(change: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}) {
    const path = `/client-${++paths}.json`
    const client_id = `${server.origin}${path}`
    server.json(path, { client_id, client_name: 'An app', redirect_uris: [LOOPBACK], ...change }, headers)
    return client_id
  }
  const worldWith = async (registration: Parameters<typeof withPrivateHost>[0] = {}) => {
    world = await createWorld({ config: withPrivateHost(registration), network: server.network })
  }
  const refusalOf = (clientId: string) =>
    answerClient(world, clientId, request()).then(
      () => 'none',
      ({ code, detail }: { code: string; detail: { reason?: string } }) => `${code} ${detail.reason ?? ''}`.trim(),
    )

  beforeAll(async () => {
    server = await startDocumentServer()
  })
  beforeEach(() => worldWith())
  afterAll(() => server.stop())

  it('is what its document says, as a public client (A5)', async () => {
    const clientId = publish({ grant_types: ['authorization_code', 'refresh_token'] })
    expect(await resolveClient(world, clientId)).toEqual({
      client_id: clientId,
      origin: 'metadata_document',
      registered_at: 0,
      metadata: {
        client_name: 'An app',
        redirect_uris: [LOOPBACK],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        application_type: 'native',
      },
    })
  })

  it.each([
    [{ client_id: 'https://client.example/other' }, 'client_id'],
    [{ client_id: undefined }, 'client_id'],
    [{ client_name: undefined }, 'client_name'],
    [{ client_secret: 'shared' }, 'client_secret'],
    [{ client_secret_expires_at: 0 }, 'client_secret_expires_at'],
    [{ token_endpoint_auth_method: 'client_secret_basic' }, 'token_endpoint_auth_method'],
    [{ token_endpoint_auth_method: 'client_secret_jwt' }, 'token_endpoint_auth_method'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'token_endpoint_auth_method'],
    [{ grant_types: ['client_credentials'] }, 'grant_types'],
    [{ jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }, 'jwks'],
  ])('is refused with %j in its document (A5)', async (change, field) => {
    const clientId = publish(change)
    expect(await refusalOf(clientId)).toBe(`metadata_document_invalid invalid_client_metadata:${field}`)
  })

  it.each([[{ redirect_uris: [] }], [{ redirect_uris: ['javascript:alert(1)'] }], [{ redirect_uris: undefined }]])(
    'is refused with %j in its document',
    async (change) => {
      expect(await refusalOf(publish(change))).toMatch(/^metadata_document_invalid invalid_redirect_uri/)
    },
  )

  it('is compared with its id byte by byte', async () => {
    const path = `/client-${++paths}.json`
    server.json(path, { client_id: `${server.origin}${path}?`, client_name: 'x', redirect_uris: [LOOPBACK] })
    expect(await refusalOf(`${server.origin}${path}`)).toContain('metadata_document_invalid')
  })

  it.each([
    'https://client.example',
    'https://client.example/',
    'https://client.example/a/../b',
    'https://client.example/%2e%2e/b',
    'https://client.example/a#fragment',
    'https://user@client.example/a',
    'https://client.example:443/a',
    'https://CLIENT.example/a',
    'https://127.0.0.1/a',
    'https://[::1]/a',
    'https://2130706433/a',
    'https://client.example/a b',
    'https://client.example\\@evil.example/a',
    'https:client.example/a',
    `https://client.example/${'x'.repeat(1_100)}`,
    'http://client.example/a',
  ])('cannot be %s, and nothing is fetched for it', async (clientId) => {
    const before = server.asked.length
    expect(await refusalOf(clientId)).toMatch(/^client_not_found/)
    expect(server.asked).toHaveLength(before)
  })

  it('is fetched once, by whichever replica, and remembered for five minutes at least', async () => {
    const clientId = publish({}, { 'cache-control': 'no-store' })
    const other = await createWorld({ config: withPrivateHost(), network: server.network, deps: world.deps })
    const before = server.asked.length
    const again = Array.from({ length: 20 }, (_, index) => resolveClient(index % 2 ? world : other, clientId))
    const found = await Promise.all(again)
    expect(new Set(found.map(({ client_id }) => client_id))).toEqual(new Set([clientId]))
    world.clock.advance(299_000)
    await resolveClient(world, clientId)
    expect(server.asked.length - before).toBe(1)
    world.clock.advance(2_000)
    await resolveClient(world, clientId)
    expect(server.asked.length - before).toBe(2)
  })

  it('is denied or allowed by its host before anything is fetched (A8, pain-19)', async () => {
    const cases = [
      [{ enabled: false }, 'documents_not_accepted'],
      [{ deny_domains: ['client.example'] }, 'host_denied'],
      [{ allow_domains: ['other.example', '*.client.example'] }, 'host_not_allowed'],
    ] as const
    const before = server.asked.length
    for (const [metadata_documents, reason] of cases) {
      await worldWith({ metadata_documents })
      expect(await refusalOf(publish())).toBe(`metadata_document_denied ${reason}`)
    }
    expect(server.asked).toHaveLength(before)
    await worldWith({ metadata_documents: { allow_domains: ['client.example'] } })
    expect(await refusalOf(publish())).toBe('none')
  })

  it('is denied when its answers would go where the operator lets none go', async () => {
    world = await createWorld({
      config: { registration: { ...withPrivateHost().registration, deny_redirect_domains: ['localhost'] } },
      network: server.network,
    })
    expect(await refusalOf(publish())).toBe('metadata_document_denied redirect_host_denied')
  })

  it('is not reached where the operator names no private host (advisory: SSRF via metadata fetch)', async () => {
    world = await createWorld({ network: server.network })
    expect(await refusalOf(publish())).toBe('metadata_document_invalid address_not_public')
  })

  it('tells the audit why it is refused, without the query of its id', async () => {
    const clientId = publish({ client_name: undefined })
    server.on(new URL(`${clientId}?secret=1`).pathname + '?secret=1', (response) => response.writeHead(302).end())
    await refusalOf(`${clientId}?secret=1`)
    expect(world.audited.map(([type, { reason, client_id }]) => [type, reason, client_id])).toEqual([
      ['audit.client.refused', 'status_302', clientId],
    ])
  })

  it('may be configured by the operator under the same id, and is then never fetched', async () => {
    const clientId = publish()
    const before = server.asked.length
    world = await createWorld({
      config: { ...withPrivateHost(), clients: { [clientId]: { client_name: 'Pinned', redirect_uris: [LOOPBACK] } } },
      network: server.network,
    })
    expect(await resolveClient(world, clientId)).toMatchObject({
      origin: 'configured',
      metadata: { client_name: 'Pinned' },
    })
    expect(server.asked).toHaveLength(before)
  })

  it('serves while its host is down, once it is in use, for a day (RFC 5861 §4)', async () => {
    const clientId = publish({}, { 'cache-control': 'max-age=600' })
    await resolveClient(world, clientId)
    await usedClient(world, clientId)
    server.on(new URL(clientId).pathname, (response) => response.writeHead(503).end())
    for (let minute = 0; minute < 23 * 60; minute += 10) {
      world.clock.advance(600_000)
      expect(await refusalOf(clientId)).toBe('none')
    }
    world.clock.advance(2 * 3_600_000)
    expect(await refusalOf(clientId)).toBe('metadata_document_unreachable status_503')
  })

  it('is forgotten in minutes while nobody uses it, so that made-up URLs cannot fill the store', async () => {
    const clientId = publish({}, { 'cache-control': 'max-age=86400' })
    await resolveClient(world, clientId)
    const keys = async () => (await world.store.list('document:')).keys.length
    expect(await keys()).toBe(1)
    world.clock.advance(15 * 60_000 + 1)
    expect(await keys()).toBe(0)
  })

  it('is gone when its document is (404), even if it was in use', async () => {
    const clientId = publish({}, { 'cache-control': 'max-age=300' })
    await resolveClient(world, clientId)
    await usedClient(world, clientId)
    server.on(new URL(clientId).pathname, (response) => response.writeHead(404).end())
    world.clock.advance(301_000)
    expect(await refusalOf(clientId)).toBe('metadata_document_invalid status_404')
  })

  it('makes a pause of a minute after a refusal, and of half a minute after an outage', async () => {
    const clientId = publish()
    const path = new URL(clientId).pathname
    const before = server.asked.length
    for (const [status, pauseMs] of [
      [404, 60_000],
      [500, 30_000],
    ] as const) {
      server.on(path, (response) => response.writeHead(status).end())
      world.clock.advance(600_000)
      await refusalOf(clientId)
      world.clock.advance(pauseMs - 1)
      await refusalOf(clientId)
    }
    expect(server.asked.length - before).toBe(2)
  })

  it('cannot make us ask one host without end (advisory: SSRF via metadata fetch)', async () => {
    const before = server.asked.length
    const codes: string[] = []
    for (let index = 0; index < 130; index++) codes.push(await refusalOf(`${server.origin}/made-up/${index}`))
    expect(server.asked.length - before).toBe(120)
    expect(codes.at(-1)).toBe('metadata_document_unreachable busy')
  })
})

describe('a client that the operator configured', () => {
  it('comes before anything that has the same id, and is gone with its entry', async () => {
    const clients = { desk: { client_name: 'Desk', redirect_uris: ['https://desk.example/cb'] } }
    const world = await createWorld({ config: { clients } })
    expect(await resolveClient(world, 'desk')).toMatchObject({
      origin: 'configured',
      metadata: { client_name: 'Desk' },
    })
    const without = await createWorld({ deps: world.deps })
    await expect(resolveClient(without, 'desk')).rejects.toMatchObject({ code: 'client_not_found' })
  })
})
