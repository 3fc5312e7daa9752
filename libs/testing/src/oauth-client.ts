/**
 * An MCP client's side of OAuth in plain requests: nothing is retried, repaired or guarded, and every answer is handed back
 * as it came, so that tests can see refusals as well. PKCE is computed here and not with `libs/oauth`, whose mistakes it
 * would share.
 */
import { createHash, randomBytes } from 'node:crypto'

export interface OAuthAnswer {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON; `{}` when the body was none. */
  readonly body: Record<string, unknown>
}

export type Send = (url: string | URL, init?: RequestInit) => Promise<Response>

/** What RFC 9728 and RFC 8414 say about one MCP endpoint. */
export interface Discovered {
  /** The 401 that the MCP endpoint gave without a token. */
  readonly challenge: OAuthAnswer
  readonly resourceMetadata: Record<string, unknown>
  readonly serverMetadata: Record<string, unknown>
}

export interface AuthorizationRequest {
  readonly url: URL
  readonly verifier: string
  readonly state: string
}

export interface OAuthClient {
  /** MCP authorization: the challenge names the resource's document, which names the server, whose document names the rest. */
  discover(endpoint: string): Promise<Discovered>
  /** RFC 7591, as JSON. */
  register(metadata: Readonly<Record<string, unknown>>): Promise<OAuthAnswer>
  /** RFC 6749 §4.1.1 with PKCE (RFC 7636) and resource (RFC 8707). `parameters` replace or add; undefined removes. */
  authorization(parameters: Parameters): AuthorizationRequest
  /** RFC 6749 §4.1.3. */
  exchange(parameters: Parameters): Promise<OAuthAnswer>
  /** RFC 6749 §6. */
  refresh(parameters: Parameters): Promise<OAuthAnswer>
  /** RFC 7009. */
  revoke(parameters: Parameters): Promise<OAuthAnswer>
  /** RFC 9126: the parameters of an {@link authorization}, sent by the client itself. */
  push(request: AuthorizationRequest, parameters?: Parameters): Promise<OAuthAnswer>
  /** RFC 7662. */
  introspect(parameters: Parameters): Promise<OAuthAnswer>
  /** OpenID Connect Core §5.3. */
  userinfo(accessToken: string): Promise<OAuthAnswer>
}

/** Form or query parameters. `basic` (`<id>:<secret>`) is none: it becomes HTTP Basic authentication (RFC 6749 §2.3.1). */
type Parameters = Readonly<Record<string, string | undefined>>

/** Endpoints are the gateway's documented ones, `<issuer>/oauth/…`; {@link OAuthClient.discover} shows whether the metadata agrees. */
export function createOAuthClient(issuer: string, send: Send = (url, init) => fetch(url, init)): OAuthClient {
  const post = (path: string, parameters: Parameters) => postForm(send, `${issuer}${path}`, parameters)
  return {
    discover: (endpoint) => discover(send, endpoint),
    register: (metadata) =>
      ask(send, `${issuer}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(metadata),
      }),
    authorization: (parameters) => authorization(issuer, parameters),
    exchange: (parameters) => post('/oauth/token', { grant_type: 'authorization_code', ...parameters }),
    refresh: (parameters) => post('/oauth/token', { grant_type: 'refresh_token', ...parameters }),
    revoke: (parameters) => post('/oauth/revoke', parameters),
    push: ({ url }, parameters) => post('/oauth/par', { ...Object.fromEntries(url.searchParams), ...parameters }),
    introspect: (parameters) => post('/oauth/introspect', parameters),
    userinfo: (accessToken) =>
      ask(send, `${issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } }),
  }
}

/** RFC 7636 §4.1 and §4.2: 43 characters, and their S256 challenge. */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** One parameter of a `WWW-Authenticate` header (RFC 9110 §11.6.1): quoted string or token. */
export function challengeParameter(header: string | null, name: string): string | undefined {
  const found = new RegExp(`[ ,]${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^ ,"]+))`).exec(header ?? '')
  return found ? (found[1]?.replaceAll(/\\(.)/g, '$1') ?? found[2]) : undefined
}

/** What stands in a JWT, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}

function authorization(issuer: string, parameters: Parameters): AuthorizationRequest {
  const { verifier, challenge } = pkce()
  const state = randomBytes(16).toString('base64url')
  const url = new URL(`${issuer}/oauth/authorize`)
  const defaults = { response_type: 'code', state, code_challenge: challenge, code_challenge_method: 'S256' }
  url.search = formOf({ ...defaults, ...parameters }).toString()
  return { url, verifier, state: url.searchParams.get('state') ?? '' }
}

async function discover(send: Send, endpoint: string): Promise<Discovered> {
  const challenge = await ask(send, endpoint, { method: 'POST' })
  const document = challengeParameter(challenge.headers.get('www-authenticate'), 'resource_metadata')
  if (document === undefined) throw new Error(`${endpoint} answers ${challenge.status} and names no metadata`)
  const resourceMetadata = await mustAsk(send, document)
  const [server] = resourceMetadata.authorization_servers as string[]
  const serverMetadata = await mustAsk(send, `${server}/.well-known/oauth-authorization-server`)
  return { challenge, resourceMetadata, serverMetadata }
}

async function mustAsk(send: Send, url: string): Promise<Record<string, unknown>> {
  const answer = await ask(send, url)
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`)
  return answer.body
}

function postForm(send: Send, url: string, { basic, ...parameters }: Parameters): Promise<OAuthAnswer> {
  const authorization = basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString('base64')}` }
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...authorization }
  return ask(send, url, { method: 'POST', headers, body: formOf(parameters).toString() })
}

function formOf(parameters: Parameters): URLSearchParams {
  return new URLSearchParams(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

async function ask(send: Send, url: string, init?: RequestInit): Promise<OAuthAnswer> {
  const response = await send(url, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: jsonOf(text) }
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
