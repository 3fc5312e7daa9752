/**
 * The authorization server's metadata: one document for RFC 8414 and OpenID Connect Discovery, at every address under which
 * clients look for it. It names what exists and nothing else (original-14).
 */
import { CLIENT_ASSERTION_ALGORITHMS, CLIENT_AUTHENTICATION_METHODS } from './client-authentication.ts'
import { GRANT_TYPES, RESPONSE_TYPES } from './grant-type.ts'
import { IDENTITY_SCOPES } from './scope.ts'

export interface ServerMetadataOptions {
  /** The scopes of all services; the identity scopes come first. */
  readonly scopes: readonly string[]
  /** Whether clients may register themselves (RFC 7591); absent: they may. */
  readonly dynamicRegistration?: boolean | undefined
  /** Whether a client may be named by the URL of its metadata document; absent: it may. */
  readonly metadataDocuments?: boolean | undefined
}

/** @param issuer without trailing slash; stands in the document exactly so (RFC 8414 §3.3) */
export function authorizationServerMetadata(issuer: string, options: ServerMetadataOptions): Record<string, unknown> {
  const { dynamicRegistration = true, metadataDocuments = true } = options
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    ...(dynamicRegistration ? { registration_endpoint: `${issuer}/oauth/register` } : {}),
    revocation_endpoint: `${issuer}/oauth/revoke`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    scopes_supported: [...new Set<string>([...IDENTITY_SCOPES, ...options.scopes])],
    response_types_supported: RESPONSE_TYPES,
    response_modes_supported: ['query'],
    grant_types_supported: GRANT_TYPES,
    // Clients silently register anew where `none` is missing.
    token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    token_endpoint_auth_signing_alg_values_supported: CLIENT_ASSERTION_ALGORITHMS,
    revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: CLIENT_ASSERTION_ALGORITHMS,
    ...(metadataDocuments ? { client_id_metadata_document_supported: true } : {}),
    // MCP clients refuse a server that does not state it, OpenID documents included.
    code_challenge_methods_supported: ['S256'],
    // RFC 9207 §3: stated because every authorization response carries `iss`, errors included.
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    // OpenID Connect Discovery §3: absent would mean supported.
    request_uri_parameter_supported: false,
  }
}
