/** Dynamic client registration (RFC 7591 §3): open to anybody, so it grants nothing but a name to ask with. */
import { type EventStore, handle, type RequestContext } from '@gateway/bus'
import type { Client, RegisterClientInput, Registration } from '@gateway/contracts'
import { type Clock, type Keyring, newId, Refusal } from '@gateway/kernel'
import { parseClientMetadata } from '@gateway/oauth'
import type { Audit } from '@gateway/service'
import { registrations } from '../aggregates.ts'
import { clientSecretOf } from '../client-secret.ts'

export interface RegisterClientDeps {
  readonly bus: EventStore
  readonly keyring: Keyring
  readonly clock: Clock
  readonly audit: Pick<Audit, 'record'>
}

/** @throws Refusal `invalid_redirect_uri`, `invalid_client_metadata` */
export async function registerClient(
  deps: RegisterClientDeps,
  { metadata: raw, address }: RegisterClientInput,
  { requestId }: Pick<RequestContext, 'requestId'>,
): Promise<Registration> {
  const metadata = parseOrAudit(deps, raw, { address, request_id: requestId })
  const at = deps.clock()
  const client: Client = { client_id: newId(), origin: 'registered', metadata, registered_at: at }
  const command = { type: 'RegisterClient', client_id: client.client_id, metadata, at } as const
  await handle(deps.bus, registrations, client.client_id, command, { requestId, actor: 'anonymous', at })
  return { client, ...secretOf(deps.keyring, client) }
}

function parseOrAudit(
  deps: RegisterClientDeps,
  raw: RegisterClientInput['metadata'],
  context: { readonly address: string; readonly request_id: string },
) {
  try {
    return parseClientMetadata(raw)
  } catch (error) {
    if (error instanceof Refusal) {
      deps.audit.record('audit.client.refused', {
        ...context,
        decision: 'denied',
        reason: error.code,
        actor: 'anonymous',
      })
    }
    throw error
  }
}

/** RFC 7591 §3.2.1: `client_secret_expires_at` 0 is "never". A public client gets neither. */
function secretOf(keyring: Keyring, { client_id, metadata }: Client): Partial<Registration> {
  if (metadata.token_endpoint_auth_method === 'none') return {}
  return { client_secret: clientSecretOf(keyring, client_id), client_secret_expires_at: 0 }
}
