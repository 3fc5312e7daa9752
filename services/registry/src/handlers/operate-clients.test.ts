import { handle } from '@gateway/bus'
import type { ClientSummary, ListClientsInput } from '@gateway/contracts'
import { beforeEach, describe, expect, it } from 'vitest'
import { clients } from '../aggregates.ts'
import { createWorld, LOOPBACK, request, type World } from '../test-support/world.ts'
import { listClients, pruneClients, removeClient, showClient } from './operate-clients.ts'
import { resolveClient } from './resolve-client.ts'

const DAY = 86_400_000

describe('an operator', () => {
  let world: World
  const register = async (client_name: string) =>
    (await world.register({ redirect_uris: [LOOPBACK, 'cursor://x/cb'], client_name })).client
  const use = async (client: Awaited<ReturnType<typeof register>>) => {
    const at = world.clock.now
    await handle(
      world.bus,
      clients,
      client.client_id,
      { type: 'UseClient', client, at },
      { ...request(), actor: 'x', at },
    )
    return client
  }
  async function all(kind: ListClientsInput['kind'], limit = 2): Promise<ClientSummary[]> {
    const found: ClientSummary[] = []
    let cursor: number | undefined
    do {
      const page = await listClients(world, { kind, limit, cursor })
      expect(page.clients.length).toBeLessThanOrEqual(limit)
      found.push(...page.clients)
      cursor = page.next
    } while (cursor !== undefined)
    return found
  }
  const names = (found: readonly ClientSummary[]) => found.map(({ client_name }) => client_name)

  beforeEach(async () => {
    world = await createWorld({ config: { clients: { desk: { client_name: 'Desk', redirect_uris: [LOOPBACK] } } } })
  })

  it('lists clients by kind, each once, in pages (pain-4)', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await register(name)
    const [x, y, z] = [await register('x'), await register('y'), await register('z')]
    for (const client of [x, y, z]) await use(client)
    world.clock.advance(DAY)
    await use(x)
    expect(names(await all('unused'))).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(names(await all('in_use'))).toEqual(['y', 'z', 'x'])
    expect(names(await all('in_use', 1))).toEqual(['y', 'z', 'x'])
    expect(names(await all('configured'))).toEqual(['Desk'])
  })

  it('sees of one what matters', async () => {
    const client = await use(await register('x'))
    expect(await showClient(world, client.client_id)).toEqual({
      client,
      summary: {
        client_id: client.client_id,
        origin: 'registered',
        status: 'in_use',
        client_name: 'x',
        redirect_hosts: ['localhost', 'cursor:'],
        registered_at: world.clock.now,
        used_at: world.clock.now,
      },
    })
    expect((await showClient(world, 'desk')).summary).toMatchObject({ status: 'configured', origin: 'configured' })
    await expect(showClient(world, 'nobody')).rejects.toMatchObject({ code: 'client_not_found' })
  })

  it.each(['in use', 'unused'])('removes one that is %s, for good', async (kind) => {
    const client = await register('x')
    if (kind === 'in use') await use(client)
    await removeClient(world, client.client_id, request())
    await expect(resolveClient(world, client.client_id)).rejects.toMatchObject({ code: 'client_not_found' })
    if (kind === 'in use') await use(client)
    await expect(resolveClient(world, client.client_id)).rejects.toMatchObject({ code: 'client_not_found' })
    expect((await showClient(world, client.client_id)).summary.status).toBe('deleted')
    await expect(removeClient(world, client.client_id, request())).rejects.toMatchObject({ code: 'client_not_found' })
  })

  it('ends what a configured client has, which may come back', async () => {
    const { client } = world.configured.get('desk') ?? {}
    if (!client) throw new TypeError('the test configures it')
    await use(client)
    await removeClient(world, 'desk', request())
    expect(await all('in_use')).toMatchObject([{ status: 'deleted', deleted_at: world.clock.now }])
    await use(client)
    expect(await all('in_use')).toMatchObject([{ status: 'in_use', client_name: 'Desk' }])
    await removeClient(world, 'desk', request())
  })

  it('prunes what was not used for long, and can look first', async () => {
    const old = await use(await register('old'))
    world.clock.advance(20 * DAY)
    const recent = await use(await register('recent'))
    world.clock.advance(20 * DAY)
    const prune = (check: boolean) => pruneClients(world, { unused_days: 35, check }, request())
    for (const check of [true, true, false]) expect(names((await prune(check)).clients)).toEqual(['old'])
    expect((await prune(false)).clients).toEqual([])
    await expect(resolveClient(world, old.client_id)).rejects.toMatchObject({ code: 'client_not_found' })
    expect(await resolveClient(world, recent.client_id)).toEqual(recent)
  })

  it('cannot prune a client with live refresh tokens (pain-4)', async () => {
    const prune = (unused_days: number) => pruneClients(world, { unused_days }, request())
    await expect(prune(30)).rejects.toMatchObject({ code: 'client_may_hold_tokens' })
    expect((await prune(31)).clients).toEqual([])
  })
})
