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
  /** In which languages the pages speak, as BCP 47 tags. */
  readonly languages?: readonly string[] | undefined
  /** With what ID tokens are signed; absent: ES256. */
  readonly signingAlgorithms?: readonly string[] | undefined
}

/** RFC 7662 §2.1: whoever asks about tokens proves who he is. */
const PROVING_METHODS = CLIENT_AUTHENTICATION_METHODS.filter((method) => method !== 'none')

/** @param issuer without trailing slash; stands in the document exactly so (RFC 8414 §3.3) */
export function authorizationServerMetadata(issuer: string, options: ServerMetadataOptions): Record<string, unknown> {
  const {
    dynamicRegistration = true,
    metadataDocuments = true,
    languages = [],
    signingAlgorithms = ['ES256'],
  } = options
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    ...(dynamicRegistration ? { registration_endpoint: `${issuer}/oauth/register` } : {}),
    pushed_authorization_request_endpoint: `${issuer}/oauth/par`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    userinfo_endpoint: `${issuer}/oauth/userinfo`,
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
    introspection_endpoint_auth_methods_supported: PROVING_METHODS,
    introspection_endpoint_auth_signing_alg_values_supported: CLIENT_ASSERTION_ALGORITHMS,
    ...(metadataDocuments ? { client_id_metadata_document_supported: true } : {}),
    // MCP clients refuse a server that does not state it, OpenID documents included.
    code_challenge_methods_supported: ['S256'],
    // RFC 9207 §3: stated because every authorization response carries `iss`, errors included.
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: signingAlgorithms,
    // Initiating User Registration via OpenID Connect §4.1
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    ...(languages.length === 0 ? {} : { ui_locales_supported: languages }),
    // OpenID Connect Discovery §3: absent would mean supported. What was pushed (RFC 9126) is no such URI.
    request_uri_parameter_supported: false,
  }
}
