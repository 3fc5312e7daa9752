/** Every "no" of the proxy and its wire form. Texts are constants: nothing of a request, a backend or a reason stands in them. */
import type { WireError } from '@gateway/service'

/** RFC 6750 §3.1, with the one description of each: a prober learns nothing about why. */
export const challengeErrors = {
  invalid_request: 'The request does not carry one well-formed bearer token.',
  invalid_token: 'The access token is invalid, expired or revoked.',
  insufficient_scope: 'The access token does not have the scopes that this needs.',
} as const
export type ChallengeError = keyof typeof challengeErrors

export type RefusalCode =
  | 'malformed_target'
  | 'malformed_request'
  | 'host_not_served'
  | 'origin_not_allowed'
  | 'service_not_found'
  | 'resource_not_named'
  | 'method_not_served'
  | 'credentials_missing'
  | 'credentials_malformed'
  | 'token_invalid'
  | 'scope_insufficient'
  | 'group_missing'
  | 'credential_missing'
  | 'revocations_unknown'
  | 'session_not_found'
  | 'body_too_large'
  | 'encoding_not_read'
  | 'message_unreadable'
  | 'header_mismatch'
  | 'version_unsupported'
  | 'too_many_requests'
  | 'service_busy'
  | 'assertion_unavailable'
  | 'credential_unavailable'
  | 'audit_unavailable'
  | 'backend_unreachable'
  | 'backend_late'
  | 'answer_unreadable'

export interface ProxyRefusal extends WireError {
  /** Which challenge goes with it. */
  readonly challenge?: ChallengeError | 'none'
  /** Answered as a JSON-RPC error with this code, since the caller waits for one. JSON-RPC 2.0 §5.1: -32000 to -32099 are the server's. */
  readonly rpcCode?: number
}

export const refusals = {
  malformed_target: { status: 400, error: 'invalid_request', description: 'The request target is malformed.' },
  // A header that Node's parser lets through and no server should be sent.
  malformed_request: { status: 400, error: 'invalid_request', description: 'The request is malformed.' },
  // RFC 9110 §15.5.20
  host_not_served: { status: 421, error: 'invalid_request', description: 'This host is not served here.' },
  // T1: an invalid Origin is answered 403, before anything else is looked at.
  origin_not_allowed: { status: 403, error: 'origin_not_allowed', description: 'This origin is not allowed here.' },
  service_not_found: { status: 404, error: 'not_found', description: 'There is no such service here.' },
  // RFC 9728 §3.1: the path form names the resource; without it there must be only one.
  resource_not_named: {
    status: 404,
    error: 'not_found',
    description: 'Several resources are protected here: name one.',
  },
  method_not_served: { status: 405, error: 'invalid_request', description: 'This method is not served here.' },
  // RFC 6750 §3.1: no error in the challenge when no credentials were sent. The body says what the official SDK's servers say.
  credentials_missing: {
    status: 401,
    error: 'invalid_token',
    description: 'An access token is needed here.',
    challenge: 'none',
  },
  // R4, R9: malformed credentials, several of them, or a token in the query.
  credentials_malformed: {
    status: 400,
    error: 'invalid_request',
    description: challengeErrors.invalid_request,
    challenge: 'invalid_request',
  },
  token_invalid: {
    status: 401,
    error: 'invalid_token',
    description: challengeErrors.invalid_token,
    challenge: 'invalid_token',
  },
  // R6
  scope_insufficient: {
    status: 403,
    error: 'insufficient_scope',
    description: challengeErrors.insufficient_scope,
    challenge: 'insufficient_scope',
  },
  // Without a challenge: no further authorization by the client would help (R6 is about scopes).
  group_missing: {
    status: 403,
    error: 'access_denied',
    description: 'The user is in none of the groups that this needs.',
  },
  // No challenge: a machine has no token at the identity provider, and whose was ended there is asked to sign in at the next refresh.
  credential_missing: {
    status: 403,
    error: 'access_denied',
    description: 'The gateway holds no token of this user for the MCP server.',
  },
  // An outage is never told as a bad token (protocol.md 5, 18).
  revocations_unknown: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'Whether the access token was revoked is not known at the moment.',
    rpcCode: -32_007,
  },
  // The body and the code of the official SDK's servers: clients begin anew on exactly that.
  session_not_found: { status: 404, error: 'not_found', description: 'Session not found', rpcCode: -32_001 },
  body_too_large: { status: 413, error: 'invalid_request', description: 'The request body is too large.' },
  // What the gateway cannot read it cannot judge.
  encoding_not_read: {
    status: 415,
    error: 'invalid_request',
    description: 'A request body without content coding is needed here.',
  },
  message_unreadable: {
    status: 400,
    error: 'invalid_request',
    description: 'The body is not a JSON-RPC message that everybody would read alike.',
    rpcCode: -32_700,
  },
  // T3, T4
  header_mismatch: {
    status: 400,
    error: 'invalid_request',
    description: 'The headers of the request do not say what its body says.',
    rpcCode: -32_020,
  },
  version_unsupported: {
    status: 400,
    error: 'invalid_request',
    description: 'This protocol version is not supported.',
    rpcCode: -32_022,
  },
  // RFC 6585 §4
  too_many_requests: {
    status: 429,
    error: 'too_many_requests',
    description: 'Too many requests: try again later.',
  },
  service_busy: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'Too many requests wait for the MCP server behind this address.',
    rpcCode: -32_002,
  },
  assertion_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The MCP server cannot be told who calls at the moment.',
    rpcCode: -32_003,
  },
  credential_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The gateway has no credential for the MCP server at the moment.',
    rpcCode: -32_004,
  },
  // `audit.mode: strict`
  audit_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The gateway cannot record requests at the moment.',
    rpcCode: -32_005,
  },
  backend_unreachable: {
    status: 502,
    error: 'bad_gateway',
    description: 'The MCP server behind this address cannot be reached.',
    rpcCode: -32_000,
  },
  backend_late: {
    status: 504,
    error: 'gateway_timeout',
    description: 'The MCP server behind this address did not answer in time.',
    rpcCode: -32_001,
  },
  // A list that is to be shortened, coded though it was asked for plain, or longer than is held.
  answer_unreadable: {
    status: 502,
    error: 'bad_gateway',
    description: 'The answer of the MCP server behind this address cannot be read.',
    rpcCode: -32_006,
  },
} as const satisfies Record<RefusalCode, ProxyRefusal>
