import { call } from '@gateway/bus'
import {
  type AuditCloudEvent,
  applyServices,
  authenticateClient,
  deleteClient,
  listClients,
  listServices,
  readClient,
  registerClient,
  resolveClient,
  sources,
  updateClient,
} from '@gateway/contracts'
import type { App, ReloadListener } from '@gateway/service'
import { type TestDeps, testConfig, testDeps } from '@gateway/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from './app.ts'
import { startDocumentServer } from './test-support/document-server.ts'
import { withPrivateHost } from './test-support/world.ts'

const calculator = { name: 'Calculator', url: 'http://localhost:3001', oauth_provider: 'custom', scopes: ['read'] }
const weather = { name: 'Weather', url: 'http://localhost:3002/api/mcp', auth_required: false }
const metadata = { redirect_uris: ['http://localhost/callback'], token_endpoint_auth_method: 'none' }

describe('the registry', () => {
  let deps: TestDeps
  const running: App[] = []
  let requests = 0
  const context = () => ({ requestId: `request-${++requests}`, now: deps.clock.now })
  const listed = async () => (await call(deps.bus, listServices, {}, context())).services

  async function start(mcp_services: Record<string, unknown>): Promise<App> {
    const app = await createApp({ ...deps, config: testConfig({ mcp_services }) })
    await app.start()
    running.push(app)
    return app
  }
  async function restart(mcp_services: Record<string, unknown>): Promise<App> {
    await running.pop()?.stop()
    return start(mcp_services)
  }

  beforeEach(async () => {
    deps = await testDeps()
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.stop()))
  })

  it('lists the configured services as soon as it has started', async () => {
    await start({ weather, calculator })
    const services = await listed()
    expect(services.map(({ id, url }) => [id, url])).toEqual([
      ['calculator', 'http://localhost:3001/mcp'],
      ['weather', 'http://localhost:3002/api/mcp'],
    ])
  })

  it('publishes what changed in the configuration, and nothing when nothing did', async () => {
    await start({ calculator, weather })
    await restart({ calculator, weather })
    await restart({ calculator: { ...calculator, timeout: 1_000 } })
    expect((await listed()).map(({ id, timeout }) => [id, timeout])).toEqual([['calculator', 1_000]])
    const facts: number[] = []
    const view = { reset: () => {}, apply: ({ sequence }: { sequence: number }) => void facts.push(sequence) }
    const projection = await deps.bus.project(sources.catalogue, view)
    await projection.caughtUp
    await projection.stop()
    // Two listed, one changed, one removed.
    expect(facts).toHaveLength(4)
  })

  it('does not let a replica with an old configuration overwrite a newer one', async () => {
    await start({ calculator })
    await restart({ calculator, weather })
    const stale = await createApp({ ...deps, config: testConfig({ mcp_services: { calculator } }) })
    running.push(stale)
    await stale.start()
    expect((await listed()).map(({ id }) => id)).toEqual(['calculator', 'weather'])
  })

  it('brings a superseded configuration back on the word of an operator, and keeps it', async () => {
    await start({ calculator })
    await restart({ calculator, weather })
    await restart({ calculator })
    expect((await listed()).map(({ id }) => id)).toEqual(['calculator', 'weather'])
    expect(await call(deps.bus, applyServices, {}, context())).toEqual({ services: 1, changes: 1 })
    await vi.waitFor(async () => expect((await listed()).map(({ id }) => id)).toEqual(['calculator']))
    await restart({ calculator, weather })
    expect((await listed()).map(({ id }) => id)).toEqual(['calculator'])
    await restart({ calculator: { ...calculator, timeout: 1_000 } })
    expect((await listed()).map(({ timeout }) => timeout)).toEqual([1_000])
  })

  it('applies a configuration that a crash left half applied', async () => {
    await start({ calculator })
    const append = deps.bus.append.bind(deps.bus)
    const crash = vi.spyOn(deps.bus, 'append').mockImplementationOnce(append).mockRejectedValueOnce(new Error('killed'))
    const mcp_services = { calculator: { ...calculator, timeout: 1_000 }, weather }
    const crashing = await createApp({ ...deps, config: testConfig({ mcp_services }) })
    await expect(crashing.start()).rejects.toThrow('killed')
    await crashing.stop()
    crash.mockRestore()
    await restart(mcp_services)
    expect((await listed()).map(({ id, timeout }) => [id, timeout])).toEqual([
      ['calculator', 1_000],
      ['weather', 30_000],
    ])
  })

  it('registers, resolves and authenticates clients over the bus, on any replica', async () => {
    await start({ calculator })
    await start({ calculator })
    const { client } = await call(deps.bus, registerClient, { metadata, address: '192.0.2.1' }, context())
    const { client_id } = client
    for (let replica = 0; replica < 2; replica++) {
      expect(await call(deps.bus, resolveClient, { client_id }, context())).toEqual({ client })
      expect(await call(deps.bus, authenticateClient, { method: 'none', client_id }, context())).toEqual({ client })
    }
    const unknown = call(deps.bus, resolveClient, { client_id: 'https://evil.example/*\r\n' }, context())
    await expect(unknown).rejects.toMatchObject({ name: 'Refusal', code: 'client_not_found' })
  })

  it('tells the audit of every decision, once, with the same id on every replica', async () => {
    const events: AuditCloudEvent[] = []
    const view = { reset: () => {}, apply: ({ data }: { data: unknown }) => void events.push(data as AuditCloudEvent) }
    const projection = await deps.bus.project({ stream: 'AUDIT', subject: 'audit.>' }, view)
    await start({ calculator })
    const { client } = await call(deps.bus, registerClient, { metadata, address: '192.0.2.1' }, context())
    const refused = call(deps.bus, registerClient, { metadata: {}, address: '192.0.2.1' }, context())
    await expect(refused).rejects.toMatchObject({ name: 'Refusal', code: 'invalid_redirect_uri' })
    const wrong = { method: 'client_secret_post', client_id: client.client_id, client_secret: 'wrong' } as const
    await expect(call(deps.bus, authenticateClient, wrong, context())).rejects.toThrow('client_authentication_failed')
    await vi.waitFor(() => expect(events).toHaveLength(4))
    await projection.stop()
    expect(events.map(({ type }) => type).toSorted()).toEqual([
      'audit.client.authentication-failed',
      'audit.client.refused',
      'audit.client.registered',
      'audit.service.listed',
    ])
    const registered = events.find(({ type }) => type === 'audit.client.registered')
    expect(registered).toMatchObject({
      source: '/services/registry',
      subject: client.client_id,
      data: { decision: 'allowed', client_id: client.client_id, redirect_host: 'localhost', actor: 'anonymous' },
    })
    expect(registered?.id).toContain(`${registered?.data.commit}.0`)
    expect(JSON.stringify(events)).not.toContain('wrong')
  })

  it('lets a client manage its registration over the bus, on any replica (RFC 7592)', async () => {
    await start({ calculator })
    await start({ calculator })
    const address = '192.0.2.1'
    const registered = await call(deps.bus, registerClient, { metadata, address }, context())
    const { client_id } = registered.client
    const access = { client_id, registration_access_token: registered.registration_access_token ?? '' }
    for (let replica = 0; replica < 2; replica++)
      expect(await call(deps.bus, readClient, access, context())).toEqual(registered)
    const changed = { ...metadata, client_id, client_name: 'After' }
    const { client } = await call(deps.bus, updateClient, { ...access, metadata: changed, address }, context())
    expect(await call(deps.bus, resolveClient, { client_id }, context())).toEqual({ client })
    const page = await call(deps.bus, listClients, { kind: 'unused' }, context())
    expect(page.clients).toMatchObject([{ client_id, client_name: 'After' }])
    expect(await call(deps.bus, deleteClient, { ...access, address }, context())).toEqual({})
    await expect(call(deps.bus, readClient, access, context())).rejects.toThrow('registration_access_token_invalid')
  })

  it('knows a client by the document at its URL, over a real network', async () => {
    const server = await startDocumentServer()
    const client_id = `${server.origin}/client.json`
    server.json('/client.json', { ...metadata, client_id, client_name: 'An app' })
    const config = testConfig({ mcp_services: { calculator }, ...withPrivateHost() })
    const app = await createApp({ ...deps, config }, server.network)
    running.push(app)
    await app.start()
    const credentials = { method: 'none', client_id } as const
    const { client } = await call(deps.bus, authenticateClient, credentials, context())
    expect(client).toMatchObject({ origin: 'metadata_document', metadata: { client_name: 'An app' } })
    await server.stop()
  })

  it('takes a new catalogue and a new policy without a restart', async () => {
    let reload: ReloadListener = () => undefined
    const reloads = {
      subscribe: (listener: ReloadListener) => {
        reload = listener
        return () => undefined
      },
    }
    const app = await createApp({ ...deps, reloads, config: testConfig({ mcp_services: { calculator } }) })
    running.push(app)
    await app.start()
    const closed = { registration: { dynamic: { enabled: false } } }
    await reload(testConfig({ mcp_services: { calculator, weather }, ...closed }))
    expect((await listed()).map(({ id }) => id)).toEqual(['calculator', 'weather'])
    const refused = call(deps.bus, registerClient, { metadata, address: '192.0.2.1' }, context())
    await expect(refused).rejects.toThrow('registration_closed')
  })

  it('takes new clients and secrets without a restart, and none of several that are wrong', async () => {
    let reload: ReloadListener = () => undefined
    const subscribe = (listener: ReloadListener) => {
      reload = listener
      return () => undefined
    }
    const machine = (secret: string) => ({ client_secret: secret, grant_types: ['client_credentials'] })
    const configOf = (clients: object) => testConfig({ mcp_services: { calculator }, clients })
    const config = configOf({ old: machine('the secret of the old one') })
    const app = await createApp({ ...deps, reloads: { subscribe }, config })
    running.push(app)
    await app.start()
    const shown = (client_id: string, client_secret: string) =>
      call(deps.bus, authenticateClient, { method: 'client_secret_basic', client_id, client_secret }, context())

    await reload(configOf({ renewed: machine('the first of its secrets') }))
    await expect(shown('old', 'the secret of the old one')).rejects.toThrow('client_not_found')
    expect((await shown('renewed', 'the first of its secrets')).client.origin).toBe('configured')
    await reload(configOf({ renewed: machine('the second of its secrets') }))
    await expect(shown('renewed', 'the first of its secrets')).rejects.toThrow('client_authentication_failed')
    await expect(reload(configOf({ wrong: { redirect_uris: ['javascript:x'] } }))).rejects.toThrow(
      'clients.wrong.redirect_uris[0]',
    )
    expect((await shown('renewed', 'the second of its secrets')).client.client_id).toBe('renewed')
  })

  it('does not start with a client that is configured wrong', async () => {
    const clients = { a: { redirect_uris: ['javascript:x'] } }
    const config = testConfig({ mcp_services: { calculator }, clients })
    await expect(createApp({ ...deps, config })).rejects.toMatchObject({
      name: 'Misconfigured',
      problems: [expect.stringContaining('clients.a.redirect_uris[0]')],
    })
  })

  it('names its dependencies with their state', async () => {
    const app = await createApp({ ...deps, config: testConfig({ mcp_services: { calculator } }) })
    expect(app.checks().map(({ name, ok }) => [name, ok])).toEqual([
      ['bus', true],
      ['catalogue', false],
    ])
    await app.start()
    running.push(app)
    expect(app.checks()).toEqual([
      { name: 'bus', ok: true, detail: 'up' },
      { name: 'catalogue', ok: true, detail: '1 services, 0 facts behind' },
    ])
  })

  it('answers nothing more once stopped', async () => {
    await start({ calculator })
    await running.pop()?.stop()
    await expect(listed()).rejects.toThrow('registry is unavailable')
  })
})
