import type { Client } from '@gateway/contracts'
import { fold } from '@gateway/kernel'
import { parseClientMetadata } from '@gateway/oauth'
import { specification } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { type ClientEvent, client, type UseClient } from './client.ts'

const DAY = 86_400_000
const registered: Client = {
  client_id: 'c1',
  origin: 'registered',
  metadata: parseClientMetadata({ redirect_uris: ['http://localhost/callback'] }),
  registered_at: 0,
}
const use = (at: number): UseClient => ({ type: 'UseClient', client: registered, at })
const adopted: ClientEvent = { type: 'ClientAdopted', client: registered, at: 1_000 }
const given = specification(client)

describe('a client in use', () => {
  it('begins as a copy of its registration (pain-4)', () => {
    given().when(use(1_000)).then(adopted)
  })

  it('is written at most once a day, however often it is used', () => {
    given(adopted)
      .when(use(1_000 + DAY - 1))
      .then()
    given(adopted)
      .when(use(1_000 + DAY))
      .then({ type: 'ClientRenewed', at: 1_000 + DAY })
    given(adopted, { type: 'ClientRenewed', at: 1_000 + DAY })
      .when(use(1_000 + DAY + 1))
      .then()
  })

  it('takes a use that is told late, or twice, for no news', () => {
    given(adopted).when(use(1_000)).then()
    given(adopted).when(use(0)).then()
  })

  it('stays what it was when renewed', () => {
    expect(fold(client, [adopted, { type: 'ClientRenewed', at: DAY * 2 }])).toEqual({
      status: 'active',
      client: registered,
      used_at: DAY * 2,
    })
  })

  it('is changed as a whole, and used on as before', () => {
    const renamed = { ...registered, metadata: { ...registered.metadata, client_name: 'After' } }
    const update = { type: 'UpdateClient', client: renamed, at: 2_000 } as const
    given(adopted).when(update).then({ type: 'ClientUpdated', client: renamed, at: 2_000 })
    given().when(update).thenRefused('client_not_found')
    expect(fold(client, [adopted, { type: 'ClientUpdated', client: renamed, at: 2_000 }])).toEqual({
      status: 'active',
      client: renamed,
      used_at: 1_000,
    })
  })

  it('is deleted for good: no later use, change or deletion is one', () => {
    const deletion = { type: 'DeleteClient', client_id: 'c1', at: 2_000 } as const
    const deleted: ClientEvent = { type: 'ClientDeleted', client_id: 'c1', at: 2_000 }
    given(adopted).when(deletion).then(deleted)
    given(adopted, deleted)
      .when(use(DAY * 2))
      .then()
    given(adopted, deleted).when(deletion).then()
    given(adopted, deleted)
      .when({ type: 'UpdateClient', client: registered, at: 3_000 })
      .thenRefused('client_not_found')
  })
})
