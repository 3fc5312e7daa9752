/** The registry, small and in memory. */
import {
  authenticateClient,
  type Client,
  deleteClient,
  readClient,
  registerClient,
  resolveClient,
  updateClient,
} from '@gateway/contracts'
import { newId, Refusal } from '@gateway/kernel'
import { parseClientMetadata } from '@gateway/oauth'
import type { AppDeps } from '@gateway/service'
import type { Answer, Neighbours } from './neighbours.ts'

export async function serveRegistry(answer: Answer, deps: AppDeps, clients: Neighbours['clients']): Promise<void> {
  const known = (clientId: string) => {
    const entry = clients.get(clientId)
    if (!entry) throw new Refusal('client_not_found')
    return entry
  }
  await answer(resolveClient, async ({ client_id }) => ({ client: known(client_id).client }))
  await answer(authenticateClient, async (credentials) => {
    const { client, secret } = known(credentials.client_id ?? '')
    const shown = 'client_secret' in credentials ? credentials.client_secret : undefined
    if (shown !== secret) throw new Refusal('client_authentication_failed')
    return { client }
  })
  await answer(registerClient, async ({ metadata }) => {
    const client: Client = {
      client_id: newId(),
      origin: 'registered',
      metadata: parseClientMetadata(metadata),
      registered_at: deps.clock(),
    }
    const secret = client.metadata.token_endpoint_auth_method === 'none' ? undefined : newId()
    clients.set(client.client_id, secret === undefined ? { client } : { client, secret })
    const managed = { client, registration_access_token: `manage-${client.client_id}` }
    return secret === undefined ? managed : { ...managed, client_secret: secret, client_secret_expires_at: 0 }
  })
  await serveManagement(answer, clients)
}

async function serveManagement(answer: Answer, clients: Neighbours['clients']): Promise<void> {
  const managedBy = (clientId: string, token: string) => {
    const entry = clients.get(clientId)
    if (!entry || token !== `manage-${clientId}`) throw new Refusal('registration_access_token_invalid')
    return { client: entry.client, registration_access_token: token }
  }
  await answer(readClient, async (input) => managedBy(input.client_id, input.registration_access_token))
  await answer(updateClient, async (input) => {
    const managed = managedBy(input.client_id, input.registration_access_token)
    const client = { ...managed.client, metadata: parseClientMetadata(input.metadata) }
    clients.set(client.client_id, { client })
    return { ...managed, client }
  })
  await answer(deleteClient, async (input) => {
    managedBy(input.client_id, input.registration_access_token)
    clients.delete(input.client_id)
    return {}
  })
}
