import { type Commit, handle, load, type StoredMessage, subjectOf, UnreadableFact } from '@gateway/bus'
import { aggregates } from '@gateway/contracts'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { clients, registrations } from '../aggregates.ts'
import { createWorld, request, type World } from '../test-support/world.ts'
import { createRecordUse } from './record-use.ts'
import { resolveClient, usedClient } from './resolve-client.ts'

const DAY = 86_400_000

describe('recording that a client is in use', () => {
  let world: World
  let clientId: string
  let sequence = 0
  const log = { warn: vi.fn<() => void>() }

  beforeEach(async () => {
    vi.clearAllMocks()
    world = await createWorld()
    clientId = (await world.register()).client.client_id
  })

  const recordUse = () => createRecordUse({ bus: world.bus, log, findClient: (id) => usedClient(world, id) })
  function family(state: unknown, at = world.clock.now): StoredMessage {
    sequence++
    const data: Commit = { id: `f${sequence}.0`, version: 1, at, actor: 'user:x', events: [], state, stateVersion: 1 }
    return { subject: subjectOf(aggregates.tokenFamily, `f${sequence}`), sequence, id: data.id, time: at, data }
  }
  const active = (client_id = clientId) => family({ status: 'active', client_id, sub: 'custom:1', added: 'later' })

  it('keeps it beyond the age of its registration (pain-3, pain-4)', async () => {
    const before = await resolveClient(world, clientId)
    await recordUse()(active())
    world.clock.advance(8 * DAY)
    expect(await resolveClient(world, clientId)).toEqual(before)
  })

  it('writes once, however often tokens are issued, delivered again, or seen by another replica', async () => {
    const [one, two] = [recordUse(), recordUse()]
    const first = active()
    for (const handler of [one, two, one]) await handler(first)
    for (const handler of [one, two]) await handler(active())
    expect((await load(world.bus, clients, clientId)).version).toBe(1)
  })

  it('writes one commit a day while it is used, and so never ages out', async () => {
    const handler = recordUse()
    for (let day = 0; day < 30; day++) {
      await handler(active())
      await handler(active())
      world.clock.advance(DAY)
    }
    expect((await load(world.bus, clients, clientId)).version).toBe(30)
  })

  it('loses nothing that the client did with its registration while it was adopted', async () => {
    const { client } = await world.register()
    const context = { ...request(), actor: 'test', at: world.clock.now }
    const changed = { ...client, credentials: { generation: 1, since: world.clock.now } }
    const change = async () => {
      const update = { type: 'UpdateClient', client: changed, at: world.clock.now } as const
      await handle(world.bus, registrations, client.client_id, update, { ...context, ...request() })
      return client
    }
    await createRecordUse({ bus: world.bus, log, findClient: change })(active(client.client_id))
    expect(await resolveClient(world, client.client_id)).toEqual(changed)

    const { client: second } = await world.register()
    const find = async () => {
      const deletion = { type: 'DeleteClient', client_id: second.client_id, at: world.clock.now } as const
      await handle(world.bus, registrations, second.client_id, deletion, { ...context, ...request() })
      return second
    }
    await createRecordUse({ bus: world.bus, log, findClient: find })(active(second.client_id))
    await expect(resolveClient(world, second.client_id)).rejects.toMatchObject({ code: 'client_not_found' })
    expect((await load(world.bus, clients, second.client_id)).state).toMatchObject({ status: 'deleted' })
  })

  it('notes the use of a configured client, which its entry alone makes known', async () => {
    const config = { clients: { desk: { redirect_uris: ['https://desk.example/cb'] } } }
    const configured = await createWorld({ config, deps: world.deps })
    const findClient = (id: string) => usedClient(configured, id)
    await createRecordUse({ bus: world.bus, log, findClient })(active('desk'))
    expect((await load(world.bus, clients, 'desk')).state).toMatchObject({ client: { origin: 'configured' } })
    await expect(resolveClient(world, 'desk')).rejects.toMatchObject({ code: 'client_not_found' })
  })

  it('takes no notice of revoked families', async () => {
    await recordUse()(family({ status: 'revoked', client_id: clientId }))
    expect((await load(world.bus, clients, clientId)).version).toBe(0)
  })

  it('reports a client that is gone and goes on', async () => {
    await recordUse()(active('nobody'))
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(
      { client_id: 'nobody', code: 'client_not_found' },
      'tokens were issued to a client that is gone',
    )
  })

  it.each([
    ['no JSON', undefined],
    ['no commit', { hello: 'world' }],
  ])('has %s parked', async (_, data) => {
    await expect(recordUse()({ ...active(), data })).rejects.toBeInstanceOf(UnreadableFact)
  })

  it('has an active family without a client parked', async () => {
    await expect(recordUse()(family({ status: 'active' }))).rejects.toBeInstanceOf(UnreadableFact)
  })

  it('asks to be called again while the bus is away', async () => {
    const handler = recordUse()
    await world.bus.close()
    await expect(handler(active())).rejects.toThrow('bus is unavailable')
  })
})
