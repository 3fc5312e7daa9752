/**
 * What a registered client may do with its own registration (RFC 7592 §2): read, change, delete it, with the registration
 * access token that it got. The token proves it alone; that the client is unknown, or deleted, looks like a wrong one (§2.1).
 *
 * A registration stays in its bounded stream as long as it was not used, changes and deletion included: what nobody signed
 * in for cannot grow another stream.
 */

import { handle, load, type RequestContext } from '@gateway/bus'
import type { Client, ManagedClient, Registration, UpdateClientInput } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { addressKey } from '@gateway/service'
import { clients, registrations } from '../aggregates.ts'
import { credentialsOf, isClientSecretOf, isRegistrationAccessTokenOf } from '../derived-credentials.ts'
import type { ClientCommand } from '../domain/client.ts'
import { answerOf, metadataOf, type RegistrationDeps } from '../registration-answer.ts'
import { withinBounds } from './register-client.ts'
import { registeredClient } from './resolve-client.ts'

type Request = Pick<RequestContext, 'requestId'>

/** @throws Refusal `registration_access_token_invalid` */
export async function readClient(deps: RegistrationDeps, input: ManagedClient): Promise<Registration> {
  return answerOf(deps, await managedClient(deps, input))
}

/** @throws Refusal `registration_access_token_invalid`, `registration_limit`, `invalid_redirect_uri`, `invalid_client_metadata` */
export async function updateClient(
  deps: RegistrationDeps,
  input: UpdateClientInput,
  { requestId }: Request,
): Promise<Registration> {
  await assertWithinLimit(deps, input.address)
  const client = await managedClient(deps, input)
  assertOwnFields(deps, client, input.metadata)
  const metadata = metadataOf(deps, input.metadata)
  const at = deps.clock()
  const credentials = { generation: credentialsOf(client).generation + 1, since: at }
  const changed: Client = { ...client, metadata, credentials }
  await write(deps, client.client_id, { type: 'UpdateClient', client: changed, at }, requestId)
  return answerOf(deps, changed)
}

/** @throws Refusal `registration_access_token_invalid`, `registration_limit` */
export async function deleteClient(
  deps: RegistrationDeps,
  input: ManagedClient & { readonly address: string },
  { requestId }: Request,
): Promise<void> {
  await assertWithinLimit(deps, input.address)
  const { client_id } = await managedClient(deps, input)
  await write(deps, client_id, { type: 'DeleteClient', client_id, at: deps.clock() }, requestId)
}

async function managedClient(deps: RegistrationDeps, input: ManagedClient): Promise<Client> {
  const client = await registeredClient(deps.bus, input.client_id).catch((error: unknown) => {
    if (error instanceof Refusal) return undefined
    throw error
  })
  const isRight =
    client !== undefined &&
    isRegistrationAccessTokenOf(deps.keyring, client, input.registration_access_token, deps.clock())
  if (!isRight) throw new Refusal('registration_access_token_invalid')
  return client
}

/**
 * Where it stands: among the clients in use, else among the registrations. One that is adopted meanwhile is written there as
 * well; the reaction that adopts looks back for the same reason (`record-use.ts`), so that one of the two sees the other.
 */
async function write(
  { bus }: RegistrationDeps,
  clientId: string,
  command: Exclude<ClientCommand, { type: 'UseClient' }>,
  requestId: string,
): Promise<void> {
  const context = { requestId, actor: `client:${clientId}`, at: command.at }
  const inUse = async () => (await load(bus, clients, clientId)).state.status === 'active'
  if (!(await inUse())) {
    await withinBounds(() => handle(bus, registrations, clientId, command, context))
    if (!(await inUse())) return
  }
  await handle(bus, clients, clientId, command, context)
}

async function assertWithinLimit({ perAddress }: RegistrationDeps, address: string): Promise<void> {
  if (!(await perAddress.take(addressKey(address)))) throw new Refusal('registration_limit', { limit: 'address' })
}

const SERVER_FIELDS = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

/** RFC 7592 §2.2: the client names itself, may repeat its secret, and decides nothing that is ours to decide. */
function assertOwnFields(deps: RegistrationDeps, client: Client, raw: Readonly<Record<string, unknown>>): void {
  const ours = SERVER_FIELDS.find((field) => raw[field] !== undefined)
  if (ours !== undefined) throw new Refusal('invalid_client_metadata', { field: ours })
  if (raw['client_id'] !== client.client_id) throw new Refusal('invalid_client_metadata', { field: 'client_id' })
  const { client_secret: secret } = raw
  const check = { now: deps.clock(), ttlSeconds: deps.policy.dynamic.client_secret_ttl_seconds }
  const isOwn = typeof secret === 'string' && isClientSecretOf(deps.keyring, client, secret, check)
  if (secret !== undefined && !isOwn) throw new Refusal('invalid_client_metadata', { field: 'client_secret' })
}
