/** Client authentication (RFC 6749 §2.3, RFC 7523 §2.2), for the token endpoint and those like it. */
import type { Client, ClientCredentials } from '@gateway/contracts'
import { type Clock, type Keyring, Refusal, secretEquals } from '@gateway/kernel'
import type { Audit } from '@gateway/service'
import { type AssertionDeps, claimedClientId, verifyAssertion } from '../client-assertion.ts'
import { isClientSecretOf } from '../derived-credentials.ts'
import { auditableId } from '../domain/audit.ts'
import { type ResolveClientDeps, reasonOf, resolveClient } from './resolve-client.ts'

export interface AuthenticateClientDeps extends ResolveClientDeps, AssertionDeps {
  readonly keyring: Keyring
  readonly clock: Clock
  readonly audit: Pick<Audit, 'record'>
}

/** @throws Refusal `client_authentication_failed`, and what {@link resolveClient} refuses */
export async function authenticateClient(
  deps: AuthenticateClientDeps,
  credentials: ClientCredentials,
  { requestId }: { readonly requestId: string },
): Promise<Client> {
  const clientId =
    credentials.method === 'private_key_jwt' ? claimedClientId(credentials.client_assertion) : credentials.client_id
  try {
    // RFC 7521 §4.2: the parameter is unnecessary, but where it is given it names the same client.
    if (clientId === undefined || (credentials.client_id ?? clientId) !== clientId) throw failed('client_id_mismatch')
    const client = await resolveClient(deps, clientId)
    await assertAuthentic(deps, client, credentials, requestId)
    return client
  } catch (error) {
    if (error instanceof Refusal) {
      deps.audit.record('audit.client.authentication-failed', {
        decision: 'denied',
        reason: reasonOf(error),
        request_id: requestId,
        ...auditableId(clientId),
      })
    }
    throw error
  }
}

/**
 * A client uses a method that its metadata names, except that one with a secret may send it in either place: both prove the
 * same, RFC 6749 §2.3.1 has servers know both, and clients choose by what the metadata of the server lists. A public client
 * that sends a secret has mistaken itself for another one, and a confidential client without a proof proves nothing.
 */
async function assertAuthentic(
  deps: AuthenticateClientDeps,
  client: Client,
  credentials: ClientCredentials,
  requestId: string,
): Promise<void> {
  const { token_endpoint_auth_method: method, token_endpoint_auth_methods_supported: others = [] } = client.metadata
  switch (credentials.method) {
    case 'none':
      if (method !== 'none' && !others.includes('none')) throw failed('proof_missing')
      return
    case 'client_secret_basic':
    case 'client_secret_post':
      if (method !== 'client_secret_basic' && method !== 'client_secret_post') throw failed('method_not_registered')
      if (!isSecretOf(deps, client, credentials.client_secret)) throw failed('client_authentication_failed')
      return
    case 'private_key_jwt':
      if (method !== 'private_key_jwt' && !others.includes('private_key_jwt')) throw failed('method_not_registered')
      return verifyAssertion(deps, client, credentials.client_assertion, requestId)
  }
}

/** In constant time, and without an end at the first that is right. */
function isSecretOf(deps: AuthenticateClientDeps, client: Client, secret: string): boolean {
  const configured = deps.configured.get(client.client_id)
  if (configured) return configured.secrets.filter((known) => secretEquals(known.open(), secret)).length > 0
  const { client_secret_ttl_seconds: ttlSeconds } = deps.policy.dynamic
  return isClientSecretOf(deps.keyring, client, secret, { now: deps.clock(), ttlSeconds })
}

function failed(reason: string): Refusal {
  return new Refusal('client_authentication_failed', { reason })
}
