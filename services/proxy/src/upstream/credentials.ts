/**
 * What the gateway shows a backend as its own credential: headers from the configuration, or an access token from the
 * authorization server that the backend trusts (RFC 6749 §4.4), kept in memory and renewed ahead of its end. The client's own
 * token is never it (R5).
 */
import type { UpstreamConfig } from '@gateway/config'
import { type Clock, Unavailable } from '@gateway/kernel'
import { request } from 'undici'
import { z } from 'zod'
import type { VerifiedToken } from '../token/verify.ts'
import type { UserTokens } from './user-tokens.ts'

export interface UpstreamCredentials {
  /**
   * Names and values, flat; undefined for none. A promise only while there is no token to be had at once.
   * The promise rejects with Unavailable, or with a Refusal where the caller has none.
   */
  headersFor(
    serviceId: string,
    token: VerifiedToken | undefined,
  ): readonly string[] | undefined | Promise<readonly string[]>
  /** The backend did not take it: the next call gets another one. */
  refused(serviceId: string, token: VerifiedToken | undefined): void
}

type ClientCredentials = NonNullable<UpstreamConfig['client_credentials']>

/** RFC 6749 §5.1. */
const answerSchema = z.object({
  access_token: z.string().regex(/^[\x21-\x7E]+$/),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.coerce.number().positive().optional(),
})

const TIMEOUT_MS = 10_000
const LIFE_UNSTATED_MS = 300_000
/** Renewed when this part of its life is over, in the background, so that nobody waits. */
const RENEW_AFTER = 0.75
/** A server that fails, or whose tokens are refused, is not asked more often. */
const RETRY_MS = 1_000
const ANSWER_MAX_BYTES = 64 * 1024

class TokenSource {
  readonly settings: UpstreamConfig
  readonly #credentials: ClientCredentials
  readonly #static: readonly string[]
  readonly #clock: Clock
  #headers: readonly string[] | undefined
  #renewAt = 0
  #endsAt = 0
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<readonly string[]> | undefined

  constructor(settings: UpstreamConfig, credentials: ClientCredentials, clock: Clock) {
    this.settings = settings
    this.#credentials = credentials
    this.#static = staticHeaders(settings)
    this.#clock = clock
  }

  headers(): readonly string[] | Promise<readonly string[]> {
    const now = this.#clock()
    const held = now < this.#endsAt ? this.#headers : undefined
    if (held !== undefined && now < this.#renewAt) return held
    const asked = this.#ask(now)
    if (held === undefined) return asked
    asked.catch(() => undefined)
    return held
  }

  drop(): void {
    this.#headers = undefined
  }

  #ask(now: number): Promise<readonly string[]> {
    if (this.#asking) return this.#asking
    if (now - this.#askedAt < RETRY_MS) return Promise.reject(new Unavailable('upstream authorization server'))
    this.#askedAt = now
    this.#asking = fetchToken(this.#credentials)
      .then(({ access_token, expires_in }) => {
        const lifeMs = expires_in === undefined ? LIFE_UNSTATED_MS : expires_in * 1_000
        this.#headers = [...this.#static, 'Authorization', `Bearer ${access_token}`]
        this.#renewAt = now + lifeMs * RENEW_AFTER
        this.#endsAt = now + lifeMs
        return this.#headers
      })
      .finally(() => {
        this.#asking = undefined
      })
    return this.#asking
  }
}

/** @throws Unavailable whatever went wrong: nothing of the answer is told on */
async function fetchToken(credentials: ClientCredentials): Promise<z.infer<typeof answerSchema>> {
  const { token_url, client_id, client_secret, scopes, resource, audience } = credentials
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  if (scopes.length > 0) form.set('scope', scopes.join(' '))
  if (resource !== undefined) form.set('resource', resource)
  if (audience !== undefined) form.set('audience', audience)
  // RFC 6749 §2.3.1: form-encoded before they are joined.
  const basic = Buffer.from(`${encodeForm(client_id)}:${encodeForm(client_secret.open())}`).toString('base64')
  try {
    const { statusCode, body } = await request(token_url, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${basic}`,
        'Content-Type': 'application/x-www-form-urlencoded',
        Accept: 'application/json',
      },
      body: form.toString(),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length
      if (bytes > ANSWER_MAX_BYTES) throw new Error('the answer is too long')
      chunks.push(chunk as Buffer)
    }
    if (statusCode !== 200) throw new Error(`status ${statusCode}`)
    return answerSchema.parse(JSON.parse(Buffer.concat(chunks).toString()))
  } catch (cause) {
    throw new Unavailable('upstream authorization server', { cause })
  }
}

function encodeForm(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

function staticHeaders({ headers }: UpstreamConfig): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => [name, value.open()])
}

export function createUpstreamCredentials(
  settingsOf: (serviceId: string) => UpstreamConfig | undefined,
  clock: Clock,
  userTokens: UserTokens,
): UpstreamCredentials {
  const sources = new Map<string, TokenSource>()
  const fixed = new WeakMap<UpstreamConfig, readonly string[] | 'none'>()

  function fixedOf(settings: UpstreamConfig): readonly string[] | undefined {
    let known = fixed.get(settings)
    if (known === undefined) {
      const headers = staticHeaders(settings)
      known = headers.length === 0 ? 'none' : headers
      fixed.set(settings, known)
    }
    return known === 'none' ? undefined : known
  }

  return {
    headersFor(serviceId, token) {
      const settings = settingsOf(serviceId)
      if (settings === undefined) return undefined
      const { client_credentials, user_token } = settings
      // Public services have no token, and no user.
      if (user_token && token !== undefined) {
        const own = fixedOf(settings) ?? []
        const authorization = userTokens.of(token, serviceId)
        return typeof authorization === 'string'
          ? [...own, 'Authorization', authorization]
          : authorization.then((value) => [...own, 'Authorization', value])
      }
      if (client_credentials === undefined) return fixedOf(settings)
      let source = sources.get(serviceId)
      if (source?.settings !== settings) {
        source = new TokenSource(settings, client_credentials, clock)
        sources.set(serviceId, source)
      }
      return source.headers()
    },
    refused(serviceId, token) {
      sources.get(serviceId)?.drop()
      if (token !== undefined) userTokens.refused(token)
    },
  }
}
