/** What has been revoked, as far as it can still concern a living access token. */
import type { Revocation } from '@gateway/contracts'
import { resourceOf } from '@gateway/oauth'

interface Entry {
  /** Tokens issued before are dead. Milliseconds since the epoch; for a single token or a family, whenever it was issued. */
  readonly before: number
  /** When the last token that it can concern has expired. */
  readonly until: number
}

export interface RevocableToken {
  readonly jti: string
  readonly sid?: string | undefined
  readonly sub: string
  readonly client_id: string
  readonly aud: string
  /** Seconds since the epoch. */
  readonly iat: number
}

export class Revocations {
  readonly #issuer: string
  readonly #lifeMs: number
  readonly #entries = new Map<string, Entry>()

  /** `lifeMs`: how long an access token lives. */
  constructor(issuer: string, lifeMs: number) {
    this.#issuer = issuer
    this.#lifeMs = lifeMs
  }

  fresh(): Revocations {
    return new Revocations(this.#issuer, this.#lifeMs)
  }

  snapshot(now: number): unknown {
    return new Map([...this.#entries].filter(([, { until }]) => until >= now))
  }

  reset(): void {
    this.#entries.clear()
  }

  /** Deliveries may come twice, and out of order between kinds: the later border stands. */
  project(revocation: Revocation): void {
    const key = this.#keyOf(revocation)
    const before = 'before' in revocation ? revocation.before : Number.POSITIVE_INFINITY
    if ((this.#entries.get(key)?.before ?? 0) > before) return
    const until = Math.max(revocation.at, 'before' in revocation ? revocation.before : 0) + this.#lifeMs
    this.#entries.delete(key)
    this.#entries.set(key, { before, until })
    this.#forget(revocation.at)
  }

  /** `iat` is cut to the second, so what was issued in the second of a revocation is dead with what came before it. */
  concerns({ jti, sid, sub, client_id, aud, iat }: RevocableToken): boolean {
    const matched = [`token ${jti}`, `family ${sid}`, `user ${sub}`, `client ${client_id}`, `resource ${aud}`]
    return matched.some((key) => iat * 1000 < (this.#entries.get(key)?.before ?? Number.NEGATIVE_INFINITY))
  }

  /** They stand in the order in which they came, which is nearly that of their ends. */
  #forget(now: number): void {
    for (const [key, { until }] of this.#entries) {
      if (until >= now) return
      this.#entries.delete(key)
    }
  }

  #keyOf(revocation: Revocation): string {
    switch (revocation.kind) {
      case 'token':
        return `token ${revocation.jti}`
      case 'family':
        return `family ${revocation.sid}`
      case 'user':
        return `user ${revocation.sub}`
      case 'client':
        return `client ${revocation.client_id}`
      case 'service':
      case 'rule':
        return `resource ${resourceOf(this.#issuer, revocation.service)}`
    }
  }
}
