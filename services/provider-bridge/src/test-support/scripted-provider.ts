/** A real HTTP server that plays an identity provider and, where a test says so, plays it badly. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Answer {
  readonly status?: number
  readonly body: unknown
}

/** What a test may change between two requests. */
export interface Script {
  metadata: Record<string, unknown>
  /** Over the claims of a correct ID token; undefined leaves one out. */
  idToken: Record<string, unknown>
  /** Signs ID tokens instead of the published key. */
  signingKey: KeyObject | undefined
  userinfo: Record<string, unknown>
  /** Beside what a correct token answer holds; undefined leaves one out. */
  tokens: Record<string, unknown>
  /** Instead of what the route would answer. */
  instead: Partial<Record<'discovery' | 'token' | 'userinfo' | 'jwks', Answer>>
  /** Lets requests wait for good. */
  silent: boolean
  /** A provider that does not count the uses of a code. */
  codesForEver: boolean
}

export const newKeyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return new ScriptedProvider(server)
}

export class ScriptedProvider {
  readonly url: string
  readonly script: Script = {
    metadata: {},
    idToken: {},
    signingKey: undefined,
    userinfo: { sub: 'u-1', email: 'u1@example.com', email_verified: true, name: 'User One' },
    tokens: {},
    instead: {},
    silent: false,
    codesForEver: false,
  }
  /** What was asked, `<method> <path>`. */
  readonly asked: string[] = []
  /** The last token request. */
  form = new URLSearchParams()
  authorization: string | undefined
  readonly #server: Server
  readonly #keys = newKeyPair()
  readonly #grants = new Map<string, Grant>()

  constructor(server: Server) {
    this.#server = server.on('request', (request, response) => void this.#answer(request, response))
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** Signs the user in at once: from the authorization URL to the query of the callback. */
  authorize(authorizationUrl: string, extra: Record<string, string> = {}): string {
    const query = new URL(authorizationUrl).searchParams
    const asked = (name: string) => query.get(name) ?? ''
    const code = randomUUID()
    this.#grants.set(code, { nonce: asked('nonce'), challenge: asked('code_challenge'), client: asked('client_id') })
    return new URLSearchParams({ code, state: asked('state'), iss: this.url, ...extra }).toString()
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    this.asked.push(`${request.method} ${path}`)
    const form = new URLSearchParams(await text(request))
    if (path === '/token') [this.form, this.authorization] = [form, request.headers.authorization]
    if (this.script.silent) return
    const route = ROUTES[path]
    const { status = 200, body } = route ? (this.script.instead[route] ?? this.#routes[route](form)) : NOT_FOUND
    response.writeHead(status, { 'Content-Type': 'application/json', Location: 'http://127.0.0.1:1/elsewhere' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  readonly #routes: Record<Route, (form: URLSearchParams) => Answer> = {
    discovery: () => ({ body: { ...metadataOf(this.url), ...this.script.metadata } }),
    jwks: () => {
      const key = { ...this.#keys.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }
      return { body: { keys: [key] } }
    },
    userinfo: () => ({ body: this.script.userinfo }),
    token: (form) => {
      const grant = this.#grants.get(form.get('code') ?? '')
      if (!grant || challengeOf(form.get('code_verifier') ?? '') !== grant.challenge) {
        return { status: 400, body: { error: 'invalid_grant', error_description: 'words of the provider' } }
      }
      if (!this.script.codesForEver) this.#grants.delete(form.get('code') ?? '')
      const seconds = Math.floor(Date.now() / 1000)
      const claims = {
        iss: this.url,
        aud: grant.client,
        sub: 'u-1',
        nonce: grant.nonce,
        iat: seconds,
        exp: seconds + 60,
      }
      const idToken = signed({ ...claims, ...this.script.idToken }, this.script.signingKey ?? this.#keys.privateKey)
      const tokens = { access_token: randomUUID(), token_type: 'Bearer', expires_in: 60, id_token: idToken }
      return { body: { ...tokens, ...this.script.tokens } }
    },
  }
}

interface Grant {
  readonly nonce: string
  readonly challenge: string
  readonly client: string
}

const NOT_FOUND: Answer = { status: 404, body: {} }

const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

type Route = keyof Script['instead']

const ROUTES: Readonly<Record<string, Route>> = {
  '/.well-known/openid-configuration': 'discovery',
  '/jwks': 'jwks',
  '/token': 'token',
  '/userinfo': 'userinfo',
}

function metadataOf(url: string) {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    userinfo_endpoint: `${url}/userinfo`,
    jwks_uri: `${url}/jwks`,
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: ['client_secret_post'],
    authorization_response_iss_parameter_supported: true,
  }
}

/** JWS compact serialization (RFC 7515 §3.1). */
function signed(claims: object, key: KeyObject): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'ES256', kid: 'k', typ: 'JWT' })}.${encode(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}
