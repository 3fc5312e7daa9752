/** What a client says about itself (RFC 7591 §2): the recorded shape, and how a registration request becomes it. */
import { Refusal } from '@gateway/kernel'
import { z } from 'zod'
import {
  CLIENT_AUTHENTICATION_METHODS,
  type ClientAuthenticationMethod,
  negotiateMethods,
  SECRETLESS_METHODS,
} from './client-authentication.ts'
import { clientJwksSchema, publicJwks } from './client-keys.ts'
import { REGISTRABLE_GRANT_TYPES, RESPONSE_TYPES } from './grant-type.ts'
import { type ApplicationType, isLoopbackRedirect, isPrivateUseRedirect, redirectUriProblem } from './redirect-uri.ts'
import { formatScope, parseScope } from './scope.ts'

/** RFC 7591 §2, as far as the gateway acts on it or shows it. `contacts` is not recorded. */
export const clientMetadataSchema = z.object({
  client_name: z.string().optional(),
  redirect_uris: z.array(z.string()),
  token_endpoint_auth_method: z.enum(CLIENT_AUTHENTICATION_METHODS),
  /** All that it may use, where it may use more than one; never a secret. */
  token_endpoint_auth_methods_supported: z.array(z.enum(SECRETLESS_METHODS)).optional(),
  /** The one algorithm of its assertions; absent: any of ours. */
  token_endpoint_auth_signing_alg: z.string().optional(),
  /** Its public keys, or where they are; never both (RFC 7591 §2). */
  jwks: clientJwksSchema.optional(),
  jwks_uri: z.string().optional(),
  grant_types: z.array(z.string()),
  response_types: z.array(z.string()),
  application_type: z.enum(['web', 'native']),
  scope: z.string().optional(),
  client_uri: z.string().optional(),
  logo_uri: z.string().optional(),
  tos_uri: z.string().optional(),
  policy_uri: z.string().optional(),
  software_id: z.string().optional(),
  software_version: z.string().optional(),
})
export type ClientMetadata = z.infer<typeof clientMetadataSchema>

/** Registration is anonymous, so what one of them may occupy is bounded: bytes of the recorded metadata as JSON. */
const METADATA_BYTES_MAX = 8_192

/** A form's single field is a list of one. */
const list = () =>
  z
    .union([z.string(), z.array(z.string()).max(20)])
    .transform((value) => [...new Set(typeof value === 'string' ? [value] : value)])

/** What reverses, hides or breaks text: a name that looks like another one is how consent is obtained by deceit. */
const DECEPTIVE = /[\p{Cc}\s\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]+/gu

/** Shown to people, on one line. */
const shownText = (lengthMax: number) =>
  z.string().transform((text, context) => {
    const clean = text.toWellFormed().replaceAll(DECEPTIVE, ' ').trim()
    if (clean.length > lengthMax) context.addIssue(`longer than ${lengthMax} characters`)
    return clean === '' ? undefined : clean
  })

/** For people to follow. What a browser should not be sent to is left out of the registration, not a reason to refuse it. */
const informationalUri = () =>
  z.string().transform((text) => {
    const url = text.length <= 1_024 && /^https?:\/\/[\x21-\x7E]+$/i.test(text) ? URL.parse(text) : null
    return url && url.username === '' && url.password === '' ? text : undefined
  })

/** Fetched by us, so it is read as strictly as a redirect URI. */
const keysUri = () =>
  z.string().refine((text) => {
    const url = text.length <= 1_024 && /^https:\/\/[\x21-\x7E]+$/.test(text) ? URL.parse(text) : null
    return url !== null && url.username === '' && url.password === '' && url.hash === ''
  })

const requestSchema = z.object({
  redirect_uris: list(),
  token_endpoint_auth_method: z.string().max(100).optional(),
  token_endpoint_auth_methods_supported: list().optional(),
  token_endpoint_auth_signing_alg: z.string().max(20).optional(),
  jwks: z.unknown().optional(),
  jwks_uri: keysUri().optional(),
  grant_types: list().default(['authorization_code']),
  response_types: list().default(['code']),
  application_type: z.enum(['web', 'native']).optional(),
  client_name: shownText(200).optional(),
  scope: z.string().max(4_096).optional(),
  client_uri: informationalUri().optional(),
  logo_uri: informationalUri().optional(),
  tos_uri: informationalUri().optional(),
  policy_uri: informationalUri().optional(),
  software_id: shownText(200).optional(),
  software_version: shownText(200).optional(),
})
type RegistrationRequest = z.output<typeof requestSchema>

/** What depends on how the client became known, and on the operator. */
export interface ClientMetadataRules {
  /** Absent: every method. A client whose metadata is public can have no secret. */
  readonly methods?: readonly ClientAuthenticationMethod[] | undefined
  /** The method of a client that states none; absent: `client_secret_basic`, as RFC 7591 §2 says. */
  readonly defaultMethod?: ClientAuthenticationMethod | undefined
  /** Private-use schemes beside the known ones, in lower case. */
  readonly schemes?: readonly string[] | undefined
}

/**
 * The metadata to record for a registration request: a JSON object, or a form with repeated fields as lists.
 *
 * Fields that we do not know are ignored (RFC 7591 §2), and so are values that we lack in the lists of grants and response
 * types (VS Code lists the device grant), as long as the code is among them: the answer tells the client what was registered.
 * @throws Refusal `invalid_redirect_uri`, `invalid_client_metadata` (RFC 7591 §3.2.2); `detail` says which field
 */
export function parseClientMetadata(
  raw: Readonly<Record<string, unknown>>,
  rules: ClientMetadataRules = {},
): ClientMetadata {
  const request = parseRequest(raw)
  const applicationType = request.application_type ?? inferApplicationType(request.redirect_uris)
  assertRedirectUris(request.redirect_uris, applicationType, rules.schemes)
  const metadata = clientMetadataSchema.parse({
    ...request,
    ...authenticationOf(request, rules),
    application_type: applicationType,
    grant_types: supported('grant_types', request.grant_types, REGISTRABLE_GRANT_TYPES, 'authorization_code'),
    response_types: supported('response_types', request.response_types, RESPONSE_TYPES, 'code'),
    scope: scopeOf(request.scope),
  })
  const stated = withoutAbsent(metadata)
  if (Buffer.byteLength(JSON.stringify(stated)) > METADATA_BYTES_MAX) {
    throw new Refusal('invalid_client_metadata', { problem: `more than ${METADATA_BYTES_MAX} bytes` })
  }
  return stated
}

/** The methods that can work: `private_key_jwt` is none without keys. Keys that no method uses are not recorded. */
function authenticationOf(request: RegistrationRequest, rules: ClientMetadataRules) {
  const jwks = request.jwks === undefined ? undefined : publicJwks(request.jwks)
  if (request.jwks !== undefined && jwks === undefined) throw new Refusal('invalid_client_metadata', { field: 'jwks' })
  // RFC 7591 §2: both must not be present.
  if (jwks && request.jwks_uri !== undefined) throw new Refusal('invalid_client_metadata', { field: 'jwks_uri' })
  const hasKeys = jwks !== undefined || request.jwks_uri !== undefined
  const possible = rules.methods ?? CLIENT_AUTHENTICATION_METHODS
  const [method, ...others] = negotiateMethods(
    { one: request.token_endpoint_auth_method, list: request.token_endpoint_auth_methods_supported },
    possible.filter((name) => hasKeys || name !== 'private_key_jwt'),
    rules.defaultMethod ?? 'client_secret_basic',
  )
  if (method === undefined) throw new Refusal('invalid_client_metadata', { field: 'token_endpoint_auth_method' })
  const methods = SECRETLESS_METHODS.filter((name) => name === method || others.includes(name))
  const keys = methods.includes('private_key_jwt')
    ? { jwks, jwks_uri: request.jwks_uri, token_endpoint_auth_signing_alg: request.token_endpoint_auth_signing_alg }
    : { jwks: undefined, jwks_uri: undefined, token_endpoint_auth_signing_alg: undefined }
  return {
    token_endpoint_auth_method: method,
    token_endpoint_auth_methods_supported: methods.length > 1 && methods.includes('none') ? methods : undefined,
    ...keys,
  }
}

function parseRequest(raw: Readonly<Record<string, unknown>>): RegistrationRequest {
  const parsed = requestSchema.safeParse(withoutAbsent(raw))
  if (parsed.success) return parsed.data
  const field = String(parsed.error.issues[0]?.path[0])
  throw new Refusal(field === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata', { field })
}

/** Some clients write `null` for what they do not state. */
function withoutAbsent<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null && field !== undefined)) as T
}

/**
 * OpenID Connect Registration §2 makes `web` the default, which would refuse the many native clients that state nothing:
 * here it is what the redirect URIs say.
 */
function inferApplicationType(redirectUris: readonly string[]): ApplicationType {
  return redirectUris.some((uri) => isLoopbackRedirect(uri) || isPrivateUseRedirect(uri)) ? 'native' : 'web'
}

function assertRedirectUris(
  uris: readonly string[],
  applicationType: ApplicationType,
  schemes: readonly string[] | undefined,
): void {
  if (uris.length === 0) throw new Refusal('invalid_redirect_uri', { problem: 'none given' })
  for (const uri of uris) {
    const problem = redirectUriProblem(uri, applicationType, schemes)
    if (problem !== undefined) throw new Refusal('invalid_redirect_uri', { problem })
  }
}

/** Without the one required value nothing could ever be done with the registration. */
function supported(
  field: string,
  asked: readonly string[],
  known: readonly string[],
  required: string,
): readonly string[] {
  const kept = asked.filter((value) => known.includes(value))
  if (!kept.includes(required)) throw new Refusal('invalid_client_metadata', { field })
  return kept
}

function scopeOf(text: string | undefined): string | undefined {
  const scopes = text === undefined ? [] : parseScope(text)
  if (!scopes) throw new Refusal('invalid_client_metadata', { field: 'scope' })
  return scopes.length === 0 ? undefined : formatScope(scopes)
}
