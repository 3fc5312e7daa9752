/**
 * Every "no" of this service in its three forms: told to the client on its redirect URI, shown to a person as a page, or
 * answered as JSON. The texts are constants; many codes share a row's words, so that probing teaches nothing.
 *
 * What other services refuse (registry, token-issuer, provider-bridge) stands here too, since it leaves through here.
 */
import type { WireError } from '@gateway/service'

const invalidRequest = (description: string) => ({ error: 'invalid_request', description })

/** RFC 6749 §4.1.2.1: once client and redirect URI are known to belong together, the client is told. */
export const redirected = {
  parameter_repeated: invalidRequest('A parameter is given more than once.'),
  request_too_large: invalidRequest(
    'The request is too large to be carried through a browser; shorten state or scope.',
  ),
  // OpenID Connect Core §3.1.2.6
  request_unsupported: { error: 'request_not_supported', description: 'Request objects are not supported.' },
  request_uri_unsupported: { error: 'request_uri_not_supported', description: 'Request objects are not supported.' },
  prompt_contradictory: invalidRequest('prompt=none stands alone.'),
  login_required: { error: 'login_required', description: 'Nobody is signed in here.' },
  consent_required: { error: 'consent_required', description: 'The user must be asked.' },
  interaction_required: { error: 'interaction_required', description: 'The user must see a page first.' },
  max_age_malformed: invalidRequest('max_age must be a number of seconds.'),
  response_type_missing: invalidRequest('response_type is missing; it must be code.'),
  response_type_unsupported: { error: 'unsupported_response_type', description: 'response_type must be code.' },
  response_mode_unsupported: invalidRequest('response_mode must be query.'),
  // RFC 7636 §4.4.1
  challenge_missing: invalidRequest('code_challenge is missing; PKCE is required.'),
  challenge_method_unsupported: invalidRequest('code_challenge_method must be S256.'),
  challenge_malformed: invalidRequest('code_challenge must be the base64url SHA-256 of a verifier.'),
  // RFC 8707 §2
  resource_repeated: { error: 'invalid_target', description: 'Exactly one resource can be asked for.' },
  resource_missing: { error: 'invalid_target', description: 'resource is missing; there are several services here.' },
  resource_unknown: { error: 'invalid_target', description: 'resource names no protected service of this gateway.' },
  scope_malformed: { error: 'invalid_scope', description: 'scope contains a character that no scope has.' },
  scope_empty: { error: 'invalid_scope', description: 'The service has none of the scopes that were asked for.' },
  consent_denied: { error: 'access_denied', description: 'The user refused.' },
  login_denied: { error: 'access_denied', description: 'The user did not sign in.' },
} as const satisfies Record<string, Omit<WireError, 'status'>>

/** Where no client may be told, or a person must act: a page (its words are in `pages/texts.ts`). Never a redirect (original-8). */
export const shown = {
  client_id_missing: { status: 400 },
  client_id_repeated: { status: 400 },
  client_not_found: { status: 400 },
  metadata_document_denied: { status: 403 },
  metadata_document_invalid: { status: 400 },
  metadata_document_unreachable: { status: 502 },
  redirect_uri_missing: { status: 400 },
  redirect_uri_repeated: { status: 400 },
  redirect_uri_unregistered: { status: 400 },
  /** RFC 9126 §2.2: used once, and in time. */
  pushed_request_invalid: { status: 400 },
  too_many_requests: { status: 429 },
  /** What the framework refuses: unreadable, too large, another content type. */
  request_malformed: { status: 400 },
  /** RFC 9700 §4.7: a decision is only taken from our own page. */
  cross_site: { status: 403 },
  envelope_invalid: { status: 400 },
  /** A form of the account page that was made for another session. */
  account_form_invalid: { status: 403 },
  decision_missing: { status: 400 },
  /** Not the browser that consented (original-9, advisory: consent given in attacker's browser). */
  login_unbound: { status: 403 },
  login_invalid: { status: 400 },
  login_repeated: { status: 400 },
  authorization_repeated: { status: 400 },
  // What the browser brought back does not check out; that the provider is away is another refusal, with 503.
  login_failed: { status: 400 },
  /** Of somebody who signs in for the account page: there is no client to tell. */
  login_denied: { status: 403 },
  /** A page says whom to ask; the client hears `access_denied` by the way back on it. */
  user_denied: { status: 403 },
  user_blocked: { status: 403 },
} as const satisfies Record<string, { readonly status: number }>

const invalidClient = { status: 401, error: 'invalid_client', description: 'Client authentication failed.' } as const
const invalidCode = {
  status: 400,
  error: 'invalid_grant',
  description: 'The authorization code is not valid.',
} as const
const invalidToken = { status: 400, error: 'invalid_grant', description: 'The refresh token is not valid.' } as const
const signInAgain = { status: 400, error: 'invalid_grant', description: 'The user must sign in again.' } as const
const badRequest = (description: string) => ({ status: 400, ...invalidRequest(description) })

const invalidAccessToken = {
  status: 401,
  error: 'invalid_token',
  description: 'The access token is not valid.',
} as const
const invalidRedirect = (description: string) => ({ status: 400, error: 'invalid_request', description }) as const

/** RFC 6749 §5.2, RFC 7591 §3.2.2, RFC 7592 §2, RFC 7009 §2.2.1, RFC 6750 §3.1. */
export const answered = {
  form_required: badRequest('The request must be application/x-www-form-urlencoded.'),
  parameter_repeated: badRequest('A parameter is given more than once.'),
  parameter_missing: badRequest('A required parameter is missing.'),
  grant_type_unsupported: {
    status: 400,
    error: 'unsupported_grant_type',
    description: 'This grant type is not supported.',
  },
  grant_type_not_registered: {
    status: 400,
    error: 'unauthorized_client',
    description: 'The client is not registered for this grant type.',
  },
  // RFC 6749 §2.3: not more than one method in a request.
  authentication_ambiguous: badRequest('The client must authenticate with one method only.'),
  // 401 as JSON, always: it is what makes clients register anew (pain-3).
  authentication_missing: invalidClient,
  authentication_malformed: invalidClient,
  authentication_unsupported: invalidClient,
  client_not_found: invalidClient,
  client_authentication_failed: invalidClient,
  metadata_document_denied: invalidClient,
  metadata_document_invalid: invalidClient,
  metadata_document_unreachable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The metadata document or the keys of the client cannot be read now.',
    retryAfterSeconds: 30,
  },
  // RFC 9126 §2.3
  redirect_uri_missing: invalidRedirect('redirect_uri is missing; several are registered.'),
  redirect_uri_repeated: invalidRedirect('redirect_uri is given more than once.'),
  redirect_uri_unregistered: invalidRedirect('redirect_uri is not registered.'),
  code_malformed: invalidCode,
  code_unknown: invalidCode,
  code_of_another_client: invalidCode,
  code_redirect_uri_mismatch: invalidCode,
  code_verifier_mismatch: invalidCode,
  code_expired: invalidCode,
  code_replayed: invalidCode,
  code_resource_mismatch: {
    status: 400,
    error: 'invalid_target',
    description: 'resource is not the one of the authorization request.',
  },
  refresh_token_invalid: invalidToken,
  refresh_token_reused: invalidToken,
  refresh_token_expired: invalidToken,
  family_revoked: invalidToken,
  scope_widened: { status: 400, error: 'invalid_scope', description: 'A refresh cannot widen the scope.' },
  scope_malformed: {
    status: 400,
    error: 'invalid_scope',
    description: 'scope contains a character that no scope has.',
  },
  resource_repeated: { status: 400, error: 'invalid_target', description: 'Exactly one resource can be asked for.' },
  resource_malformed: { status: 400, error: 'invalid_target', description: 'resource is no absolute URI.' },
  resource_mismatch: { status: 400, error: 'invalid_target', description: 'resource is not the one of the grant.' },
  user_unknown: signInAgain,
  sign_in_required: signInAgain,
  user_blocked: signInAgain,
  user_denied: signInAgain,
  invalid_redirect_uri: {
    status: 400,
    error: 'invalid_redirect_uri',
    description:
      'A redirect URI is missing or not acceptable: https, a loopback http URI, or a known private-use scheme.',
  },
  invalid_client_metadata: {
    status: 400,
    error: 'invalid_client_metadata',
    description: 'The client metadata is not acceptable.',
  },
  registration_unreadable: {
    status: 400,
    error: 'invalid_client_metadata',
    description: 'The registration must be a JSON object or a form.',
  },
  registration_closed: { status: 403, error: 'access_denied', description: 'Registration is not open here.' },
  initial_access_token_invalid: {
    status: 401,
    error: 'invalid_token',
    description: 'Registration needs an initial access token of the operator.',
  },
  registration_access_token_invalid: {
    status: 401,
    error: 'invalid_token',
    description: 'The registration access token is not valid.',
  },
  access_token_missing: { status: 401, error: 'invalid_request', description: 'An access token is needed.' },
  // RFC 6750 §3.1
  access_token_ambiguous: badRequest('The access token must be shown by one method only.'),
  access_token_invalid: invalidAccessToken,
  openid_missing: { status: 403, error: 'insufficient_scope', description: 'The access token lacks the scope openid.' },
  too_many_requests: {
    status: 429,
    error: 'temporarily_unavailable',
    description: 'Too many requests; try again later.',
    retryAfterSeconds: 60,
  },
  registration_limit: {
    status: 429,
    error: 'temporarily_unavailable',
    description: 'Too many clients have registered; try again later.',
    retryAfterSeconds: 3_600,
  },
  service_unknown: { status: 404, error: 'not_found', description: 'There is no such service.' },
  schema_unknown: { status: 404, error: 'not_found', description: 'There is no such schema.' },
  method_not_allowed: { status: 405, error: 'invalid_request', description: 'This method is not served here.' },
} as const satisfies Record<string, WireError & { readonly retryAfterSeconds?: number }>

export type RedirectedCode = keyof typeof redirected
export type ShownCode = keyof typeof shown

export const isRedirected = (code: string): code is RedirectedCode => Object.hasOwn(redirected, code)
export const isShown = (code: string): code is ShownCode => Object.hasOwn(shown, code)

/** Everything that is answered as JSON: beside what stands above, what a pushed request is refused for (RFC 9126 §2.3). */
export const answers: Readonly<Record<string, WireError & { readonly retryAfterSeconds?: number }>> = {
  ...Object.fromEntries(Object.entries(redirected).map(([code, row]) => [code, { status: 400, ...row }])),
  ...answered,
}
