/** A real HTTP server that answers as a provider was recorded to answer, at the provider's own paths (`recordings/`). */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** `{origin}` in any text stands for the server's own. */
export interface Recording {
  /** Of the issuer below the origin; undefined for OAuth 2.0 without discovery. */
  readonly issuerPath?: string
  /** The discovery document. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Where there is no discovery document. */
  readonly paths?: Readonly<Record<'token' | 'userinfo', string>>
  /** Claims of the ID token, beside those of the protocol. */
  readonly idToken?: Readonly<Record<string, unknown>>
  /** Members of the token answer, beside tokens of the protocol. */
  readonly tokenAnswer?: Readonly<Record<string, unknown>>
  readonly userinfo?: Readonly<Record<string, unknown>>
  /** Further answers by path. */
  readonly answers?: Readonly<Record<string, Answer>>
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface Asked {
  readonly method: string | undefined
  readonly path: string
  readonly text: string
  readonly form: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

/** `server`: one over TLS, for the tests of certificates. */
export async function startRecordedProvider(recording: Recording, server: Server = createServer()) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const scheme = 'setSecureContext' in server ? 'https' : 'http'
  const origin = `${scheme}://localhost:${(server.address() as AddressInfo).port}`
  return new RecordedProvider(server, origin, recording)
}

const newKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
/** Those of every provider until it rotates them: finding primes costs more than the rest of a test. */
const firstKeys = newKeys()

/** What a test may change between two requests. */
function scriptOf(recording: Recording, origin: string) {
  const filled = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('{origin}', origin)) as T
  return {
    metadata: filled(recording.metadata ?? {}) as Record<string, unknown>,
    idToken: filled(recording.idToken ?? {}) as Record<string, unknown>,
    tokenAnswer: filled(recording.tokenAnswer ?? {}) as Record<string, unknown>,
    userinfo: filled(recording.userinfo ?? {}) as Record<string, unknown>,
    answers: filled(recording.answers ?? {}) as Record<string, Answer>,
    /** Instead of whatever a path would answer. */
    instead: {} as Record<string, Answer>,
    /** The refresh token that is taken; undefined: none. */
    refreshToken: undefined as string | undefined,
    /** An answer to a path waits until this resolves. */
    wait: {} as Record<string, Promise<void>>,
    keys: firstKeys,
    kid: 'key-1',
    /** When ID tokens are made: seconds since the epoch. */
    now: () => Math.floor(Date.now() / 1000),
  }
}

export class RecordedProvider {
  readonly origin: string
  readonly issuer: string
  readonly script: ReturnType<typeof scriptOf>
  readonly asked: Asked[] = []
  readonly #server: Server
  readonly #recording: Recording
  readonly #grants = new Map<string, { nonce: string; challenge: string; client: string }>()

  constructor(server: Server, origin: string, recording: Recording) {
    this.origin = origin
    this.issuer = `${origin}${recording.issuerPath ?? ''}`
    this.script = scriptOf(recording, origin)
    this.#recording = recording
    this.#server = server.on('request', (request, response) => this.pass(request, response))
  }

  /** How often a path was asked. */
  count(path: string): number {
    return this.asked.filter((request) => request.path.split('?')[0] === path).length
  }

  /** Signs the user in at once: from the authorization URL to the query of the callback. */
  authorize(authorizationUrl: string, extra: Readonly<Record<string, string>> = {}): string {
    const query = new URL(authorizationUrl).searchParams
    const one = (name: string) => query.get(name) ?? ''
    const code = randomUUID()
    this.#grants.set(code, { nonce: one('nonce'), challenge: one('code_challenge'), client: one('client_id') })
    return new URLSearchParams({ code, state: one('state'), ...extra }).toString()
  }

  /** A request that came to another of its addresses. */
  pass(request: IncomingMessage, response: ServerResponse): void {
    void this.#respond(request, response)
  }

  /** Other keys under another name, as after a rotation. */
  rotateKeys(): void {
    this.script.keys = newKeys()
    this.script.kid = `key-${randomUUID()}`
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request)
    const form = new URLSearchParams(sent)
    const path = request.url ?? '/'
    this.asked.push({ method: request.method, path, text: sent, form, headers: request.headers })
    await this.script.wait[path]
    const { status = 200, headers, body } = this.#answer(path, form)
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
  }

  #answer(path: string, form: URLSearchParams): Answer {
    const { script } = this
    const { issuerPath, paths } = this.#recording
    const at = path.split('?')[0] ?? ''
    const routes: Readonly<Record<string, () => unknown>> = {
      [`${issuerPath?.replace(/\/$/, '')}/.well-known/openid-configuration`]: () => script.metadata,
      [this.#pathOf('jwks_uri')]: () => ({ keys: [publicJwk(script.keys.publicKey, script.kid)] }),
      [paths?.userinfo ?? this.#pathOf('userinfo_endpoint')]: () => script.userinfo,
      [this.#pathOf('revocation_endpoint')]: () => ({}),
    }
    if (script.instead[at]) return script.instead[at]
    if (at === (paths?.token ?? this.#pathOf('token_endpoint'))) return this.#token(form)
    const route = Object.hasOwn(routes, at) ? routes[at] : undefined
    return route ? { body: route() } : (script.answers[path] ?? { status: 404, body: {} })
  }

  #pathOf(name: string): string {
    const url = this.script.metadata[name]
    return typeof url === 'string' ? new URL(url).pathname : `no ${name}`
  }

  #token(form: URLSearchParams): Answer {
    const { script } = this
    const code = form.get('code') ?? ''
    const grant = this.#grants.get(code)
    this.#grants.delete(code)
    const isCode = grant !== undefined && challengeOf(form.get('code_verifier') ?? '') === grant.challenge
    const isRefresh = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === script.refreshToken
    if (!isCode && !isRefresh) return { status: 400, body: { error: 'invalid_grant', error_description: 'its words' } }
    const idToken = script.metadata['issuer'] === undefined ? {} : { id_token: this.#idToken(grant) }
    const tokens = { access_token: randomUUID(), token_type: 'Bearer', ...idToken }
    return { body: { ...tokens, ...script.tokenAnswer } }
  }

  #idToken(grant: { nonce: string; client: string } | undefined): string {
    const { metadata, idToken, keys, kid, now } = this.script
    const nonce = grant ? { nonce: grant.nonce } : {}
    const base = { iss: metadata['issuer'], aud: grant?.client ?? 'gateway', iat: now(), exp: now() + 300, ...nonce }
    return signed({ ...base, ...idToken }, keys.privateKey, kid)
  }
}

const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

function publicJwk(key: KeyObject, kid: string) {
  return { ...key.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
}

/** JWS compact serialization (RFC 7515 §3.1). */
function signed(claims: object, key: KeyObject, kid: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'RS256', kid, typ: 'JWT' })}.${encode(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}
