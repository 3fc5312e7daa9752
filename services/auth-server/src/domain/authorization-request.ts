/**
 * What an authorization request must say, as tables and pure functions: RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2,
 * OpenID Connect Core §3.1.2.1. Client and redirect URI are judged first, since everything else is told to the client.
 */
import { type Client, clientSchema, type Service } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { grantedScopes, isS256Challenge, matchRedirectUri, parseScope, resourceOf } from '@gateway/oauth'
import { z } from 'zod'
import type { Catalogue } from './catalogue.ts'
import type { Parameters } from './parameters.ts'

/**
 * A request that passed every check: what travels, sealed, through the browser until the user has signed in. Its shape is
 * checked when it comes back, since another version of this program may have sealed it.
 */
export const authorizationRequestSchema = z.object({
  client: z.object({ id: z.string(), name: z.string().optional(), origin: clientSchema.shape.origin }),
  redirect_uri: z.string(),
  state: z.string().optional(),
  service: z.string(),
  resource: z.string(),
  scopes: z.array(z.string()),
  code_challenge: z.string(),
  nonce: z.string().optional(),
  prompt: z.string().optional(),
  login_hint: z.string().optional(),
  max_age: z.number().optional(),
  /** The first of `ui_locales` that is spoken here. */
  language: z.string().optional(),
})
export type AuthorizationRequest = z.infer<typeof authorizationRequestSchema>

/** @throws Refusal `client_id_missing`, `client_id_repeated` */
export function clientIdOf(parameters: Parameters): string {
  if (parameters.repeated.has('client_id')) throw new Refusal('client_id_repeated')
  const clientId = parameters.get('client_id')
  if (clientId === undefined) throw new Refusal('client_id_missing')
  return clientId
}

/**
 * Where answers may go (RFC 6749 §3.1.2.3): one of the registered URIs, or, where the request names none, the only one.
 * @throws Refusal `redirect_uri_missing`, `redirect_uri_repeated`, `redirect_uri_unregistered`
 */
export function redirectUriOf(parameters: Parameters, { metadata }: Client): string {
  if (parameters.repeated.has('redirect_uri')) throw new Refusal('redirect_uri_repeated')
  const asked = parameters.get('redirect_uri')
  if (asked === undefined) {
    const [only, ...others] = metadata.redirect_uris
    if (only === undefined || others.length > 0) throw new Refusal('redirect_uri_missing')
    return only
  }
  if (!matchRedirectUri(metadata.redirect_uris, asked)) throw new Refusal('redirect_uri_unregistered')
  return asked
}

interface Rule {
  readonly refusal: string
  broken(parameters: Parameters): boolean
}

/** OpenID Connect Core §3.1.2.1; values that nobody knows mean nothing. */
export function promptsOf(parameters: Parameters): readonly string[] {
  return parameters.get('prompt')?.split(' ') ?? []
}

/** The first one that is broken is the answer. */
const RULES: readonly Rule[] = [
  // RFC 8707 §2 allows several; a token here has one audience (advisory: token for another resource).
  { refusal: 'resource_repeated', broken: (p) => p.repeated.has('resource') },
  // RFC 6749 §3.1: no parameter more than once.
  { refusal: 'parameter_repeated', broken: (p) => p.repeated.size > 0 },
  // OpenID Connect Core §6.1, §6.2: no request objects, so none may be ignored.
  { refusal: 'request_unsupported', broken: (p) => p.get('request') !== undefined },
  { refusal: 'request_uri_unsupported', broken: (p) => p.get('request_uri') !== undefined },
  // RFC 6749 §4.1.1; OAuth 2.1 knows the code alone.
  { refusal: 'response_type_missing', broken: (p) => p.get('response_type') === undefined },
  { refusal: 'response_type_unsupported', broken: (p) => p.get('response_type') !== 'code' },
  { refusal: 'response_mode_unsupported', broken: (p) => (p.get('response_mode') ?? 'query') !== 'query' },
  // RFC 7636 §4.4.1, OAuth 2.1 §4.1.1: required, S256 only; the method omitted would mean plain (original-2, advisory: PKCE downgrade).
  { refusal: 'challenge_missing', broken: (p) => p.get('code_challenge') === undefined },
  { refusal: 'challenge_method_unsupported', broken: (p) => p.get('code_challenge_method') !== 'S256' },
  { refusal: 'challenge_malformed', broken: (p) => !isS256Challenge(p.get('code_challenge') ?? '') },
  // OpenID Connect Core §3.1.2.1: `none` with any other value is an error.
  { refusal: 'prompt_contradictory', broken: (p) => promptsOf(p).includes('none') && promptsOf(p).length > 1 },
  { refusal: 'max_age_malformed', broken: (p) => !/^\d{1,9}$/.test(p.get('max_age') ?? '0') },
]

/**
 * The request as far as it is granted, before anybody has been asked.
 * @throws Refusal the first rule that is broken; `resource_missing`, `resource_unknown`; `scope_malformed`, `scope_empty`
 */
export function judge(
  parameters: Parameters,
  client: Client,
  redirectUri: string,
  deps: { readonly issuer: string; readonly catalogue: Catalogue },
): AuthorizationRequest {
  const broken = RULES.find((rule) => rule.broken(parameters))
  if (broken) throw new Refusal(broken.refusal)
  const service = serviceOf(parameters, deps.catalogue)
  const maxAge = parameters.get('max_age')
  const name = client.metadata.client_name
  return {
    client: { id: client.client_id, origin: client.origin, ...(name === undefined ? {} : { name }) },
    redirect_uri: redirectUri,
    service: service.id,
    resource: resourceOf(deps.issuer, service.id),
    scopes: scopesOf(parameters, service),
    code_challenge: parameters.get('code_challenge') ?? '',
    ...stated(parameters, ['state', 'nonce', 'login_hint']),
    ...passedOnPrompt(parameters),
    ...(maxAge === undefined ? {} : { max_age: Number(maxAge) }),
  }
}

/** RFC 8707 §2. Some clients leave it out: then it is the only protected service, if there is exactly one. */
export function serviceOf(parameters: Parameters, catalogue: Catalogue): Service {
  const asked = parameters.get('resource')
  if (asked === undefined) {
    const [only, ...others] = catalogue.protected()
    if (only === undefined || others.length > 0) throw new Refusal('resource_missing')
    return only
  }
  const service = catalogue.byResource(asked)
  if (!service) throw new Refusal('resource_unknown')
  return service
}

export function scopesOf(parameters: Parameters, service: Service): string[] {
  const requested = parseScope(parameters.get('scope') ?? '')
  if (requested === undefined) throw new Refusal('scope_malformed')
  const granted = grantedScopes({ requested, offered: service.scopes, defaults: service.default_scopes })
  if (granted.length === 0 && requested.length > 0) throw new Refusal('scope_empty')
  return granted
}

/** `consent` is answered by our own page, always; what remains concerns the identity provider (OpenID Connect Core §3.1.2.1). */
function passedOnPrompt(parameters: Parameters): { prompt?: string } {
  const prompts = promptsOf(parameters).filter((prompt) => prompt === 'login' || prompt === 'select_account')
  return prompts.length === 0 ? {} : { prompt: prompts.join(' ') }
}

function stated<Name extends string>(parameters: Parameters, names: readonly Name[]): { [name in Name]?: string } {
  const pairs = names.map((name) => [name, parameters.get(name)] as const)
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined)) as { [name in Name]?: string }
}
