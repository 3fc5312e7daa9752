/** Client authentication (RFC 6749 §2.3), for the token and revocation endpoints. */
import type { EventStore } from '@gateway/bus'
import type { Client, ClientCredentials } from '@gateway/contracts'
import { type Keyring, Refusal } from '@gateway/kernel'
import type { Audit } from '@gateway/service'
import { isClientSecretOf } from '../client-secret.ts'
import { resolveClient } from './resolve-client.ts'

export interface AuthenticateClientDeps {
  readonly bus: EventStore
  readonly keyring: Keyring
  readonly audit: Pick<Audit, 'record'>
}

/** @throws Refusal `client_not_found`, `client_authentication_failed` */
export async function authenticateClient(
  deps: AuthenticateClientDeps,
  credentials: ClientCredentials,
  { requestId }: { readonly requestId: string },
): Promise<Client> {
  try {
    const client = await resolveClient(deps.bus, credentials.client_id)
    if (!isAuthentic(deps.keyring, client, credentials)) throw new Refusal('client_authentication_failed')
    return client
  } catch (error) {
    if (error instanceof Refusal) {
      deps.audit.record('audit.client.authentication-failed', {
        decision: 'denied',
        reason: error.code,
        request_id: requestId,
        ...(isIssuedForm(credentials.client_id) ? { client_id: credentials.client_id } : {}),
      })
    }
    throw error
  }
}

/**
 * A client uses the method that it registered, except that one with a secret may send it in either place: both prove the
 * same, RFC 6749 §2.3.1 has servers know both, and clients choose by what the metadata lists. A public client that sends a
 * secret has mistaken itself for another one, and a confidential client without one proves nothing.
 */
function isAuthentic(keyring: Keyring, { client_id, metadata }: Client, credentials: ClientCredentials): boolean {
  const isPublic = metadata.token_endpoint_auth_method === 'none'
  if (credentials.method === 'none') return isPublic
  return !isPublic && isClientSecretOf(keyring, client_id, credentials.client_secret)
}

/** What is no id of ours may be anything, a pasted secret included, and is not recorded. */
function isIssuedForm(clientId: string): boolean {
  return /^[A-Za-z0-9_-]{22}$/.test(clientId)
}
