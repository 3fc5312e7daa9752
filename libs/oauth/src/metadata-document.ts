/** A Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document §4): a client that describes itself at its own URL. */
import { Refusal } from '@gateway/kernel'
import { SECRETLESS_METHODS } from './client-authentication.ts'
import { type ClientMetadata, type ClientMetadataRules, parseClientMetadata } from './client-metadata.ts'

/** §4.1: a document that anybody can read holds no secret, nor anything that belongs to one. */
const SECRET_FIELDS = ['client_secret', 'client_secret_expires_at']
const SECRET_METHODS = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt']

/**
 * The client's metadata, from what its URL answered.
 * @throws Refusal `invalid_redirect_uri`, `invalid_client_metadata`; `detail` says which field
 */
export function parseMetadataDocument(
  document: unknown,
  clientId: string,
  rules: Pick<ClientMetadataRules, 'schemes'> = {},
): ClientMetadata {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) refuse('document')
  const raw = document as Readonly<Record<string, unknown>>
  // Byte by byte: whoever may write anywhere on a host could else speak for another client of it.
  if (raw['client_id'] !== clientId) refuse('client_id')
  for (const field of SECRET_FIELDS) if (raw[field] !== undefined) refuse(field)
  if (SECRET_METHODS.includes(String(raw['token_endpoint_auth_method']))) refuse('token_endpoint_auth_method')
  const metadata = parseClientMetadata(raw, { ...rules, methods: SECRETLESS_METHODS, defaultMethod: 'none' })
  // The MCP specification requires the name beside client_id and redirect_uris (A5).
  if (metadata.client_name === undefined) refuse('client_name')
  return metadata
}

function refuse(field: string): never {
  throw new Refusal('invalid_client_metadata', { field })
}
