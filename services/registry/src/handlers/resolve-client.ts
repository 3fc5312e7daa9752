/**
 * Which client an id means: one that the operator configured, else the metadata document of a URL, else one that registered
 * itself, in this order of preference.
 */
import { type EventStore, load, type RequestContext } from '@gateway/bus'
import type { RegistrationConfig } from '@gateway/config'
import type { Client, ClientMetadata } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { clientIdUrlProblem, isClientIdUrl } from '@gateway/oauth'
import type { Audit } from '@gateway/service'
import { clients, registrations } from '../aggregates.ts'
import { auditableId } from '../domain/audit.ts'
import type { ConfiguredClient } from '../domain/configured-client.ts'
import { documentHostProblem, redirectHostProblem } from '../domain/registration-policy.ts'
import type { Found, RemoteDocuments } from '../remote-documents.ts'

export interface ResolveClientDeps {
  readonly bus: EventStore
  readonly policy: RegistrationConfig
  readonly configured: ReadonlyMap<string, ConfiguredClient>
  readonly documents: RemoteDocuments<ClientMetadata>
}

/** @throws Refusal `client_not_found`, `metadata_document_denied`, `metadata_document_invalid`, `metadata_document_unreachable` */
export async function resolveClient(deps: ResolveClientDeps, clientId: string): Promise<Client> {
  const configured = deps.configured.get(clientId)
  if (configured) return configured.client
  return isClientIdUrl(clientId) ? documentedClient(deps, clientId) : registeredClient(deps.bus, clientId)
}

/**
 * {@link resolveClient} for whoever asks over the bus: why a document is not accepted is told to the audit, since the client
 * is told less.
 */
export async function answerClient(
  deps: ResolveClientDeps & { readonly audit: Pick<Audit, 'record'> },
  clientId: string,
  { requestId }: Pick<RequestContext, 'requestId'>,
): Promise<Client> {
  try {
    return await resolveClient(deps, clientId)
  } catch (error) {
    if (error instanceof Refusal && error.code !== 'client_not_found') {
      deps.audit.record('audit.client.refused', {
        decision: 'denied',
        reason: reasonOf(error),
        request_id: requestId,
        ...auditableId(clientId),
      })
    }
    throw error
  }
}

/** A code, finer than that of the refusal where there is one. */
export function reasonOf({ code, detail: { reason } }: Refusal): string {
  return typeof reason === 'string' ? reason : code
}

/**
 * The client as it was when a token was issued to it: no host is asked. What is stored of a document is kept from now on.
 * @throws Refusal `client_not_found`
 */
export async function usedClient(deps: ResolveClientDeps, clientId: string): Promise<Client> {
  if (deps.configured.has(clientId) || !isClientIdUrl(clientId)) return resolveClient(deps, clientId)
  const metadata = await deps.documents.use(clientId)
  if (!metadata) throw new Refusal('client_not_found')
  return toClient(clientId, metadata)
}

/** Two reads at the most, however many clients there are (original-27). @throws Refusal `client_not_found` */
export async function registeredClient(bus: EventStore, clientId: string): Promise<Client> {
  const { state: used } = await load(bus, clients, clientId)
  // What is noted of other clients' use is not what makes them known: the configuration or the document does.
  if (used.status === 'active' && used.client.origin === 'registered') return used.client
  if (used.status !== 'absent') throw new Refusal('client_not_found')
  const { state: registered } = await load(bus, registrations, clientId)
  if (registered.status === 'registered') return registered.client
  throw new Refusal('client_not_found')
}

async function documentedClient({ policy, documents }: ResolveClientDeps, clientId: string): Promise<Client> {
  const malformed = clientIdUrlProblem(clientId)
  if (malformed !== undefined) throw new Refusal('client_not_found', { reason: malformed })
  const denied = documentHostProblem(policy, new URL(clientId).hostname)
  if (denied !== undefined) throw new Refusal('metadata_document_denied', { reason: denied })
  const metadata = valueOf(await documents.get(clientId))
  const redirect = redirectHostProblem(policy, metadata.redirect_uris)
  if (redirect !== undefined) throw new Refusal('metadata_document_denied', { reason: redirect })
  return toClient(clientId, metadata)
}

function valueOf<T>(found: Found<T>): T {
  switch (found.status) {
    case 'known':
      return found.value
    case 'refused':
      throw new Refusal('metadata_document_invalid', { reason: found.reason })
    case 'unreachable':
      throw new Refusal('metadata_document_unreachable', { reason: found.reason })
  }
}

/** Nobody registered it: it has been there since its document has. */
function toClient(client_id: string, metadata: ClientMetadata): Client {
  return { client_id, origin: 'metadata_document', metadata, registered_at: 0 }
}
