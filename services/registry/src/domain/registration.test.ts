import type { Client } from '@gateway/contracts'
import { parseClientMetadata } from '@gateway/oauth'
import { specification } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { type ClientRegistered, type RegisterClient, registration } from './registration.ts'

const metadata = parseClientMetadata({ redirect_uris: ['http://localhost/callback'] })
const command: RegisterClient = { type: 'RegisterClient', client_id: 'c1', metadata, at: 1_000 }
const registered: ClientRegistered = { type: 'ClientRegistered', client_id: 'c1', metadata, at: 1_000 }
const given = specification(registration)

describe('a registration', () => {
  it('is recorded with what was registered (RFC 7591 §3.2.1)', () => {
    given().when(command).then(registered)
  })

  it('never replaces another one (original-1)', () => {
    given(registered).when(command).thenRefused('client_exists')
  })

  it('is a client that registered itself', () => {
    expect(registration.evolve(registration.initial, registered)).toEqual({
      status: 'registered',
      client: { client_id: 'c1', origin: 'registered', metadata, registered_at: 1_000 },
    })
  })

  it('is changed and deleted where it stands, and then gone for good (RFC 7592 §2)', () => {
    const { client } = registration.evolve(registration.initial, registered) as { client: Client }
    const changed = { ...client, credentials: { generation: 1, since: 2_000 } }
    const update = { type: 'UpdateClient', client: changed, at: 2_000 } as const
    const deletion = { type: 'DeleteClient', client_id: 'c1', at: 3_000 } as const
    const deleted = { type: 'RegistrationDeleted', client_id: 'c1', at: 3_000 } as const
    given(registered).when(update).then({ type: 'RegistrationUpdated', client: changed, at: 2_000 })
    given(registered).when(deletion).then(deleted)
    given(registered, deleted).when(deletion).then()
    given(registered, deleted).when(update).thenRefused('client_not_found')
    given(registered, deleted).when(command).thenRefused('client_exists')
    expect(registration.evolve({ status: 'registered', client }, deleted)).toEqual({
      status: 'deleted',
      client_id: 'c1',
      deleted_at: 3_000,
    })
  })
})
