import { type Commit, load, type StoredMessage, subjectOf } from '@gateway/bus'
import { aggregates } from '@gateway/contracts'
import { testDeps } from '@gateway/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { clients } from '../aggregates.ts'
import { createRecordUse } from './record-use.ts'
import { registerClient } from './register-client.ts'
import { resolveClient } from './resolve-client.ts'

const DAY = 86_400_000

describe('recording that a client is in use', () => {
  let deps: Awaited<ReturnType<typeof testDeps>>
  let clientId: string
  let sequence = 0
  const log = { error: vi.fn<() => void>(), warn: vi.fn<() => void>() }

  beforeEach(async () => {
    vi.clearAllMocks()
    deps = await testDeps()
    const input = { metadata: { redirect_uris: ['http://localhost/callback'] }, address: '192.0.2.1' }
    const registered = await registerClient({ ...deps, audit: { record: () => {} } }, input, { requestId: 'register' })
    clientId = registered.client.client_id
  })

  function family(state: unknown, at = deps.clock.now): StoredMessage {
    sequence++
    const data: Commit = { id: `f${sequence}.0`, version: 1, at, actor: 'user:x', events: [], state, stateVersion: 1 }
    return { subject: subjectOf(aggregates.tokenFamily, `f${sequence}`), sequence, id: data.id, time: at, data }
  }
  const active = (client_id = clientId) => family({ status: 'active', client_id, sub: 'custom:1', added: 'later' })

  it('keeps it beyond the age of its registration (pain-3, pain-4)', async () => {
    const before = await resolveClient(deps.bus, clientId)
    await createRecordUse({ ...deps, log })(active())
    deps.clock.advance(8 * DAY)
    expect(await resolveClient(deps.bus, clientId)).toEqual(before)
  })

  it('writes once, however often tokens are issued, delivered again, or seen by another replica', async () => {
    const [one, two] = [createRecordUse({ ...deps, log }), createRecordUse({ ...deps, log })]
    const first = active()
    for (const handler of [one, two, one]) await handler(first)
    for (const handler of [one, two]) await handler(active())
    expect((await load(deps.bus, clients, clientId)).version).toBe(1)
  })

  it('writes one commit a day while it is used, and so never ages out', async () => {
    const handler = createRecordUse({ ...deps, log })
    for (let day = 0; day < 30; day++) {
      await handler(active())
      await handler(active())
      deps.clock.advance(DAY)
    }
    expect((await load(deps.bus, clients, clientId)).version).toBe(30)
  })

  it('takes no notice of revoked families', async () => {
    await createRecordUse({ ...deps, log })(family({ status: 'revoked', client_id: clientId }))
    expect((await load(deps.bus, clients, clientId)).version).toBe(0)
    expect(log.error).not.toHaveBeenCalled()
  })

  it('reports a client that is gone and goes on', async () => {
    await createRecordUse({ ...deps, log })(active('nobody'))
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(
      { client_id: 'nobody', code: 'client_not_found' },
      'tokens were issued to a client that is gone',
    )
  })

  it.each([
    ['no JSON', undefined],
    ['no commit', { hello: 'world' }],
  ])('parks %s: reports it and goes on', async (_, data) => {
    await createRecordUse({ ...deps, log })({ ...active(), data })
    expect(log.error).toHaveBeenCalledOnce()
  })

  it('parks an active family without a client', async () => {
    await createRecordUse({ ...deps, log })(family({ status: 'active' }))
    expect(log.error).toHaveBeenCalledOnce()
  })

  it('asks to be called again while the bus is away', async () => {
    const handler = createRecordUse({ ...deps, log })
    await deps.bus.close()
    await expect(handler(active())).rejects.toThrow('bus is unavailable')
  })
})
