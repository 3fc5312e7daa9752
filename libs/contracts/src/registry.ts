/** What the registry is asked, and the facts of it that others project: clients (RFC 7591) and the service catalogue. */
import type { Operation } from '@gateway/kernel'
import { type ClientMetadata, clientMetadataSchema } from '@gateway/oauth'
import { z } from 'zod'
import { askAgain, emptySchema, QUICK_MS, scopesSchema, UPSTREAM_MS } from './shared.ts'

export { type ClientMetadata, clientMetadataSchema }

export const clientSchema = z.object({
  client_id: z.string(),
  /** How the client came to be known; the consent page calls only `configured` and `metadata_document` clients verified. */
  origin: z.enum(['registered', 'configured', 'metadata_document']),
  metadata: clientMetadataSchema,
  /** Milliseconds since the epoch. */
  registered_at: z.number(),
  /** Which derived secrets of a registered client are in force, and since when; absent: the first, since `registered_at`. */
  credentials: z.object({ generation: z.number().int(), since: z.number() }).optional(),
})
export type Client = z.infer<typeof clientSchema>

/** State of `evt.registry.client.*`: a client to which tokens were issued. Times in milliseconds since the epoch. */
export const clientStateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('absent') }),
  z.object({ status: z.literal('active'), client: clientSchema, used_at: z.number() }),
  z.object({ status: z.literal('deleted'), client_id: z.string(), deleted_at: z.number() }),
])
export type ClientState = z.infer<typeof clientStateSchema>

/** What a name takes: scopes, all of them, and where groups are named, one of these as well. */
const operationRuleSchema = z.union([
  scopesSchema,
  z.object({ scopes: scopesSchema.default([]), groups: z.array(z.string()) }),
])
export type OperationRule = z.infer<typeof operationRuleSchema>
const operationRulesSchema = z.record(z.string(), operationRuleSchema)

/** A catalogue entry as others may see it: public facts, plus the names of variables or files that hold secrets. */
export const serviceSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The MCP endpoint of the backend, complete. Internal: never shown outside. */
  url: z.string(),
  auth_required: z.boolean(),
  oauth_provider: z.string().optional(),
  scopes: scopesSchema,
  /** What people read of a scope, in the operator's words; absent: its name. */
  scope_descriptions: z.record(z.string(), z.string()).optional(),
  /** Granted when a client asks for none; absent: all scopes. */
  default_scopes: scopesSchema.optional(),
  require_scopes: z.enum(['any', 'all']),
  /** Connect and first byte, milliseconds. */
  timeout: z.number().int().positive(),
  /** The same in finer keys, milliseconds; `idle` bounds the silence within an answer. */
  timeouts: z
    .object({
      connect: z.number().int().positive().optional(),
      first_byte: z.number().int().positive().optional(),
      idle: z.number().int().positive().optional(),
    })
    .optional(),
  /** Names, URIs or patterns (`*` is any text), each with what it takes. */
  tools: operationRulesSchema.optional(),
  resources: operationRulesSchema.optional(),
  prompts: operationRulesSchema.optional(),
  /** Whether lists of these show only what their reader may ask for; absent: they are as the backend gives them. */
  filter_lists: z.boolean().optional(),
  /** `aud` of the assertions that the backend gets; absent: it gets none. */
  audience: z.string().optional(),
  /** Further addresses of the same backend, complete. Internal, as `url` is. */
  replicas: z.array(z.string()).optional(),
})
export type Service = z.infer<typeof serviceSchema>

/** State of `evt.registry.service.*`: what the proxy and the auth-server project. */
export const serviceStateSchema = z.union([
  z.object({ status: z.literal('absent') }),
  z.object({ status: z.literal('removed'), id: z.string(), source: z.string() }),
  z.object({ status: z.literal('listed'), service: serviceSchema, source: z.string() }),
])
export type ServiceState = z.infer<typeof serviceStateSchema>

export const registrationSchema = z.object({
  client: clientSchema,
  /** Only for clients that authenticate with a secret; derived, never stored. */
  client_secret: z.string().optional(),
  /** RFC 7591 §3.2.1: seconds since the epoch, 0 = never. */
  client_secret_expires_at: z.number().optional(),
  /** RFC 7592 §3: with which the client manages its registration, and where. */
  registration_access_token: z.string().optional(),
  registration_client_uri: z.string().optional(),
})
export type Registration = z.infer<typeof registrationSchema>

/**
 * RFC 7591 §3. Refuses: `invalid_redirect_uri`, `invalid_client_metadata`, `registration_closed`,
 * `initial_access_token_invalid`, `registration_limit` (too many from one address, or in all).
 */
export const registerClient: Operation<RegisterClientInput, Registration> = {
  subject: 'req.registry.register-client',
  service: 'registry',
  timeoutMs: QUICK_MS,
  input: z.object({
    metadata: z.record(z.string(), z.unknown()),
    address: z.string(),
    initial_access_token: z.string().optional(),
  }),
  output: registrationSchema,
}
export interface RegisterClientInput {
  /** The request's body as it came: JSON, or a form with repeated fields as lists. */
  readonly metadata: Record<string, unknown>
  /** Who asks, for limits and audit. */
  readonly address: string
  /** The Bearer token of the request (RFC 7591 §3), where one came. */
  readonly initial_access_token?: string | undefined
}

const managedClientSchema = z.object({ client_id: z.string(), registration_access_token: z.string() })
export type ManagedClient = z.infer<typeof managedClientSchema>

/** RFC 7592 §2.1. Refuses: `registration_access_token_invalid`, an unknown client included. */
export const readClient: Operation<ManagedClient, Registration> = {
  subject: 'req.registry.read-client',
  service: 'registry',
  ...askAgain.quick,
  input: managedClientSchema,
  output: registrationSchema,
}

/**
 * RFC 7592 §2.2: replaces the metadata, and renews the secret and the registration access token, of which the ones before
 * still hold for an hour. Refuses: `registration_access_token_invalid`, `invalid_redirect_uri`, `invalid_client_metadata`,
 * `registration_limit`.
 */
export const updateClient: Operation<UpdateClientInput, Registration> = {
  subject: 'req.registry.update-client',
  service: 'registry',
  timeoutMs: QUICK_MS,
  input: managedClientSchema.extend({ metadata: z.record(z.string(), z.unknown()), address: z.string() }),
  output: registrationSchema,
}
export interface UpdateClientInput extends ManagedClient {
  /** The request's body as it came. */
  readonly metadata: Record<string, unknown>
  readonly address: string
}

/** RFC 7592 §2.3. Refuses: `registration_access_token_invalid`, also when it is deleted already; `registration_limit`. */
export const deleteClient: Operation<ManagedClient & { address: string }, Record<string, never>> = {
  subject: 'req.registry.delete-client',
  service: 'registry',
  timeoutMs: QUICK_MS,
  input: managedClientSchema.extend({ address: z.string() }),
  output: emptySchema,
}

/**
 * Who a client id is: a configured client, else the metadata document of a URL, else a registration.
 * Refuses: `client_not_found`, `metadata_document_denied` (not allowed here), `metadata_document_invalid` (what its URL
 * answers is not acceptable), `metadata_document_unreachable` (its URL does not answer: try again).
 */
export const resolveClient: Operation<{ client_id: string }, { client: Client }> = {
  subject: 'req.registry.resolve-client',
  service: 'registry',
  ...askAgain.upstream,
  input: z.object({ client_id: z.string() }),
  output: z.object({ client: clientSchema }),
}

export const clientCredentialsSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('none'), client_id: z.string() }),
  z.object({ method: z.literal('client_secret_basic'), client_id: z.string(), client_secret: z.string() }),
  z.object({ method: z.literal('client_secret_post'), client_id: z.string(), client_secret: z.string() }),
  /** RFC 7523 §2.2: the assertion names the client, so the parameter `client_id` may be missing. */
  z.object({ method: z.literal('private_key_jwt'), client_id: z.string().optional(), client_assertion: z.string() }),
])
export type ClientCredentials = z.infer<typeof clientCredentialsSchema>

/** Refuses: `client_authentication_failed`, and what `resolve-client` refuses. */
export const authenticateClient: Operation<ClientCredentials, { client: Client }> = {
  subject: 'req.registry.authenticate-client',
  service: 'registry',
  ...askAgain.upstream,
  input: clientCredentialsSchema,
  output: z.object({ client: clientSchema }),
}

/** One client, as an operator sees it in a list. */
export const clientSummarySchema = z.object({
  client_id: z.string(),
  origin: clientSchema.shape.origin,
  status: z.enum(['configured', 'in_use', 'unused', 'deleted']),
  client_name: z.string().optional(),
  /** Hosts of its redirect URIs, or their schemes. */
  redirect_hosts: z.array(z.string()),
  registered_at: z.number(),
  used_at: z.number().optional(),
  deleted_at: z.number().optional(),
})
export type ClientSummary = z.infer<typeof clientSummarySchema>

/**
 * For operators: a page of the clients of one kind, oldest change first. A page may hold fewer than `limit`, even none, while
 * there is a `next`.
 */
export const listClients: Operation<ListClientsInput, { clients: ClientSummary[]; next?: number | undefined }> = {
  subject: 'req.registry.list-clients',
  service: 'registry',
  timeoutMs: UPSTREAM_MS,
  input: z.object({
    kind: z.enum(['configured', 'in_use', 'unused']),
    limit: z.number().int().min(1).max(1_000).optional(),
    cursor: z.number().int().optional(),
  }),
  output: z.object({ clients: z.array(clientSummarySchema), next: z.number().optional() }),
}
export interface ListClientsInput {
  /** `unused`: registered, and no token was ever issued to it. */
  readonly kind: 'configured' | 'in_use' | 'unused'
  /** Absent: 100. */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly cursor?: number | undefined
}

/** For operators. Refuses: `client_not_found`. */
export const showClient: Operation<{ client_id: string }, ShownClient> = {
  subject: 'req.registry.show-client',
  service: 'registry',
  timeoutMs: QUICK_MS,
  input: z.object({ client_id: z.string() }),
  output: z.object({ summary: clientSummarySchema, client: clientSchema.optional() }),
}
export interface ShownClient {
  readonly summary: ClientSummary
  /** As it is; absent when it is deleted. */
  readonly client?: Client | undefined
}

/**
 * For operators: a registered client is gone for good; of one that a document or the configuration makes known the tokens
 * end, and it may come back. Refuses: `client_not_found`.
 */
export const removeClient: Operation<{ client_id: string }, Record<string, never>> = {
  subject: 'req.registry.remove-client',
  service: 'registry',
  timeoutMs: QUICK_MS,
  input: z.object({ client_id: z.string() }),
  output: emptySchema,
}

/**
 * For operators: removes clients in use that have not been used for so many days, a page of them at a time. Refuses:
 * `client_may_hold_tokens` when clients with live refresh tokens would be among them.
 */
export const pruneClients: Operation<PruneClientsInput, { clients: ClientSummary[]; next?: number | undefined }> = {
  subject: 'req.registry.prune-clients',
  service: 'registry',
  timeoutMs: UPSTREAM_MS,
  input: z.object({
    unused_days: z.number().int().min(1),
    check: z.boolean().optional(),
    cursor: z.number().int().optional(),
  }),
  output: z.object({ clients: z.array(clientSummarySchema), next: z.number().optional() }),
}
export interface PruneClientsInput {
  readonly unused_days: number
  /** Tell which, and remove none. */
  readonly check?: boolean | undefined
  readonly cursor?: number | undefined
}

export const listServices: Operation<Record<string, never>, { services: Service[] }> = {
  subject: 'req.registry.list-services',
  service: 'registry',
  timeoutMs: QUICK_MS,
  input: emptySchema,
  output: z.object({ services: z.array(serviceSchema) }),
}

/**
 * For operators: the catalogue of the configuration that the answering replica has is in force from now on, also one that
 * another has superseded. `changes`: how many services were listed, changed or removed.
 */
export const applyServices: Operation<Record<string, never>, { services: number; changes: number }> = {
  subject: 'req.registry.apply-services',
  service: 'registry',
  timeoutMs: UPSTREAM_MS,
  input: emptySchema,
  output: z.object({ services: z.number().int(), changes: z.number().int() }),
}
