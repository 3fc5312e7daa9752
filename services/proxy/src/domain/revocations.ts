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

interface Border {
  /** Milliseconds since the epoch; tokens issued before are refused. */
  readonly before: number
  readonly until: number
}

/**
 * Of a token or a family nothing is held but its id, as it came out of the fact, and a number: hundred thousand of them are
 * all that a proxy holds of the past, and a key made of two parts stays two strings. `until` is when the last token that is
 * concerned has expired, in whole seconds since the epoch, which V8 keeps in the map itself.
 */
type Ids = Map<string, number>

export class RevocationsView {
  readonly #lifeMs: number
  readonly #tokens: Ids = new Map()
  readonly #families: Ids = new Map()
  readonly #borders = new Map<string, Border>()

  /** `lifeMs`: how long a token can be accepted after it was issued. */
  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs
  }

  get size(): number {
    return this.#tokens.size + this.#families.size + this.#borders.size
  }

  /** RFC 7009 §2.1, RFC 9068 §4. `serviceId`: the service that the token was issued for. */
  concerns(token: RevocableToken, serviceId: string): boolean {
    if (this.#tokens.has(token.jti)) return true
    if (token.sid !== undefined && this.#families.has(token.sid)) return true
    const borders = this.#borders
    if (borders.size === 0) return false
    // `iat` is cut to the second, so what was issued in the second of the revocation is refused with what came before it.
    const issuedAt = token.iat * 1_000
    return (
      issuedBefore(borders.get(`user ${token.sub}`), issuedAt) ||
      issuedBefore(borders.get(`client ${token.client_id}`), issuedAt) ||
      issuedBefore(borders.get(`service ${serviceId}`), issuedAt)
    )
  }

  project(revocation: Revocation): void {
    switch (revocation.kind) {
      case 'token':
        this.#revoke(this.#tokens, revocation.jti, revocation.at)
        break
      case 'family':
        this.#revoke(this.#families, revocation.sid, revocation.at)
        break
      case 'user':
        this.#draw(`user ${revocation.sub}`, revocation)
        break
      case 'client':
        this.#draw(`client ${revocation.client_id}`, revocation)
        break
      // A tightened rule ends the service's older tokens as a revocation of the service does.
      case 'service':
      case 'rule':
        this.#draw(`service ${revocation.service}`, revocation)
        break
    }
    this.#forget(revocation.at)
  }

  fresh(): RevocationsView {
    return new RevocationsView(this.#lifeMs)
  }

  snapshot(now: number): unknown {
    const living = (ids: Ids) => new Map([...ids].filter(([, until]) => until * 1_000 >= now))
    const borders = new Map([...this.#borders].filter(([, { until }]) => until >= now))
    return { tokens: living(this.#tokens), families: living(this.#families), borders }
  }

  reset(): void {
    for (const entries of [this.#tokens, this.#families, this.#borders]) entries.clear()
  }

  #revoke(ids: Ids, id: string, at: number): void {
    ids.delete(id)
    ids.set(id, Math.ceil((at + this.#lifeMs) / 1_000))
  }

  /** Deliveries may come twice and out of order between subjects: the later border stands. */
  #draw(key: string, { at, before }: { readonly at: number; readonly before: number }): void {
    const known = this.#borders.get(key)
    if (known && known.before > before) return
    this.#borders.delete(key)
    this.#borders.set(key, { before, until: Math.max(before, at) + this.#lifeMs })
  }

  /** Entries stand in the order in which they came, which is nearly that of their ends: what is over is in front. */
  #forget(now: number): void {
    for (const ids of [this.#tokens, this.#families]) {
      for (const [id, until] of ids) {
        if (until * 1_000 >= now) break
        ids.delete(id)
      }
    }
    for (const [key, { until }] of this.#borders) {
      if (until >= now) break
      this.#borders.delete(key)
    }
  }
}

function issuedBefore(border: Border | undefined, issuedAt: number): boolean {
  return border !== undefined && issuedAt < border.before
}
