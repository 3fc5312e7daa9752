import type { Client, Service } from '@gateway/contracts'
import { stateIsFold } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { clients, registrations, services } from './aggregates.ts'

const metadata: Client['metadata'] = {
  redirect_uris: ['https://client.example/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  application_type: 'web',
  token_endpoint_auth_method: 'none',
}
const registered: Client = { client_id: 'c', origin: 'registered', metadata, registered_at: 0 }
const documented: Client = { ...registered, origin: 'metadata_document' }
const renamed: Client = { ...registered, metadata: { ...metadata, client_name: 'Renamed' } }
const secretRotated: Client = { ...registered, credentials: { generation: 1, since: 1 } }
const service: Service = {
  id: 's',
  name: 'S',
  url: 'http://s/mcp',
  auth_required: true,
  scopes: ['read'],
  require_scopes: 'any',
  timeout: 30_000,
}

const update = (client: Client) => (at: number) => ({ type: 'UpdateClient', client, at }) as const
const remove = (at: number) => ({ type: 'DeleteClient', client_id: 'c', at }) as const

describe('the state in the last commit equals the fold of all events', () => {
  it('of a client in use', async () => {
    const use = (client: Client) => (at: number) => ({ type: 'UseClient', client, at }) as const
    const commands = [use(registered), use(documented), use(renamed), update(secretRotated), remove]
    // A use is recorded again after a day.
    await expect(stateIsFold(clients, commands, [0, 1, 43_200_000, 86_400_000])).resolves.toBeUndefined()
  })

  it('of a registration', async () => {
    const register = (at: number) => ({ type: 'RegisterClient', client_id: 'c', metadata, at }) as const
    await expect(
      stateIsFold(registrations, [register, update(renamed), update(secretRotated), remove]),
    ).resolves.toBeUndefined()
  })

  it('of a service', async () => {
    const list = (listed: Service, source: string) => () => ({ type: 'ListService', service: listed, source }) as const
    const removed = () => ({ type: 'RemoveService', source: 'c' }) as const
    await expect(
      stateIsFold(services, [list(service, 'a'), list(service, 'b'), list({ ...service, name: 'T' }, 'b'), removed]),
    ).resolves.toBeUndefined()
  })
})
