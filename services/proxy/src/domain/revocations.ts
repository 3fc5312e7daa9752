/**
 * What has been revoked, as far as a token that has not expired by itself can still be affected. Folded from
 * `evt.token-issuer.revocation.*`.
 */
import type { Revocation } from '@gateway/contracts'

/** The claims by which a token is recognised here; `iat` in seconds. */
export interface RevocableToken {
  readonly jti: string
  readonly sid?: string | undefined
  readonly sub: string
  readonly client_id: string
  readonly iat: number
}

interface Entry {
  /** Milliseconds since the epoch; tokens issued before are refused. Absent: whenever they were issued. */
  readonly before?: number
  /** When the last token that it can concern has expired. */
  readonly until: number
}

export class RevocationsView {
  readonly #lifeMs: number
  readonly #entries = new Map<string, Entry>()

  /** `lifeMs`: how long a token can be accepted after it was issued. */
  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs
  }

  get size(): number {
    return this.#entries.size
  }

  /** RFC 7009 §2.1, RFC 9068 §4. `serviceId`: the service that the token was issued for. */
  concerns(token: RevocableToken, serviceId: string): boolean {
    const entries = this.#entries
    if (entries.size === 0) return false
    if (entries.has(`token ${token.jti}`)) return true
    if (token.sid !== undefined && entries.has(`family ${token.sid}`)) return true
    // `iat` is cut to the second, so what was issued in the second of the revocation is refused with what came before it.
    const issuedAt = token.iat * 1_000
    return (
      issuedBefore(entries.get(`user ${token.sub}`), issuedAt) ||
      issuedBefore(entries.get(`client ${token.client_id}`), issuedAt) ||
      issuedBefore(entries.get(`service ${serviceId}`), issuedAt)
    )
  }

  project(revocation: Revocation): void {
    const { key, before } = keyOf(revocation)
    const known = this.#entries.get(key)
    // Deliveries may come twice and out of order between subjects: the later border stands.
    if (known?.before !== undefined && before !== undefined && known.before > before) return
    this.#entries.delete(key)
    const until = Math.max(before ?? 0, revocation.at) + this.#lifeMs
    this.#entries.set(key, before === undefined ? { until } : { before, until })
    this.#forget(revocation.at)
  }

  fresh(): RevocationsView {
    return new RevocationsView(this.#lifeMs)
  }

  snapshot(now: number): unknown {
    return new Map([...this.#entries].filter(([, { until }]) => until >= now))
  }

  reset(): void {
    this.#entries.clear()
  }

  /** Entries stand in the order in which they came, which is nearly that of their ends: what is over is in front. */
  #forget(now: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.until >= now) return
      this.#entries.delete(key)
    }
  }
}

function issuedBefore(entry: Entry | undefined, issuedAt: number): boolean {
  return entry?.before !== undefined && issuedAt < entry.before
}

function keyOf(revocation: Revocation): { readonly key: string; readonly before?: number } {
  switch (revocation.kind) {
    case 'token':
      return { key: `token ${revocation.jti}` }
    case 'family':
      return { key: `family ${revocation.sid}` }
    case 'user':
      return { key: `user ${revocation.sub}`, before: revocation.before }
    case 'client':
      return { key: `client ${revocation.client_id}`, before: revocation.before }
    // A tightened rule ends the service's older tokens as a revocation of the service does.
    case 'service':
    case 'rule':
      return { key: `service ${revocation.service}`, before: revocation.before }
  }
}
