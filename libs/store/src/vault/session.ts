/**
 * A token that holds: renewed well before it ends, replaced by a new login when it cannot be renewed, or was revoked. What
 * fails is tried again, each time a little later; until its end the token that there is goes on serving.
 */
import { Misconfigured, Unavailable } from '@gateway/kernel'
import { CERTIFICATE_ADVICE } from '../certificate.ts'
import { type Answer, type Method, unavailable, VaultClient } from './client.ts'
import { type Grant, type Login, LoginRefused, loginOf, renew } from './login.ts'
import type { VaultOptions } from './options.ts'

/** Of a token's life, when it is renewed. */
const RENEW_AT = 2 / 3
/** Renewals may give less and less, up to the server's own maximum: below this share of the first life, log in anew. */
const WORTH_RENEWING = 2 / 3
const RETRY_MS_MIN = 200
/** A server that is away: back within a second of its return. */
const RETRY_MS_MAX = 1_000
/** A login that was refused: somebody must mend it. */
const REFUSED_MS_MAX = 30_000
const RENEW_PAUSE_MS_MIN = 500
/** A token that is younger is not asked about when something is denied: it is not the token's fault. */
const DOUBT_AFTER_MS = 1_000
/** No timer of Node's lasts longer. */
const TIMER_MS_MAX = 2 ** 31 - 1

export interface SessionListeners {
  /** A login or a renewal that failed, and is tried again. */
  readonly onFailure?: ((error: Error) => void) | undefined
  /** Either works again. */
  readonly onRecovered?: (() => void) | undefined
}

export class Session {
  readonly #client: VaultClient
  readonly #login: Login
  readonly #listeners: SessionListeners
  #grant: Grant | undefined
  /** By the monotonic clock, as all times here: the wall clock may be set back. */
  #endsAt = 0
  #heldSince = 0
  #firstTtlMs = 0
  #failures = 0
  #notBefore = 0
  /** What the last login or renewal failed with. */
  #problem: Error | undefined
  #underWay: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /**
   * Resolves when the first login has ended, either way, unless it was refused: a server that is away is an outage.
   * @throws Misconfigured
   */
  static async open(options: VaultOptions, listeners: SessionListeners = {}): Promise<Session> {
    const session = new Session(options, listeners)
    await session.#acquire()
    const misconfiguration = session.#misconfiguration()
    if (misconfiguration === undefined) return session
    session.close()
    throw new Misconfigured([misconfiguration])
  }

  private constructor(options: VaultOptions, listeners: SessionListeners) {
    this.#login = loginOf(options)
    this.#client = new VaultClient(options)
    this.#listeners = listeners
  }

  /** With the token of now; once more with a new one, if that was over. @throws Unavailable */
  async send(method: Method, path: string, data?: Readonly<Record<string, unknown>>): Promise<Answer> {
    const grant = await this.#current()
    const answer = await this.#client.send(grant.token.open(), method, path, data)
    // What is denied has not been done, so it may be sent again.
    if (answer.outcome !== 'denied' || !(await this.#wasOver(grant))) return answer
    return this.#client.send((await this.#current()).token.open(), method, path, data)
  }

  /** @throws Unavailable the last login or renewal failed, though the token that there is may serve for a while */
  assertHolds(): void {
    if (this.#problem) throw this.#outage()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#client.close()
  }

  #misconfiguration(): string | undefined {
    if (this.#problem instanceof LoginRefused) return `storage.vault.${this.#login.setting}: ${this.#problem.message}`
    const cause = this.#problem instanceof Unavailable ? (this.#problem.cause as Error).message : ''
    const advice = Object.entries(CERTIFICATE_ADVICE).find(([problem]) => cause === `vault: ${problem}`)?.[1]
    return advice && `storage.vault: ${advice}`
  }

  async #current(): Promise<Grant> {
    if (!this.#grant || performance.now() >= this.#endsAt) await this.#acquire()
    if (!this.#grant) throw this.#outage()
    return this.#grant
  }

  #outage(): Unavailable {
    if (this.#problem instanceof Unavailable) return this.#problem
    return unavailable(this.#problem instanceof LoginRefused ? 'login refused' : 'no login')
  }

  /** Whether there is another token by now, or the server knows this one no more: a policy may be all that is missing. */
  async #wasOver(grant: Grant): Promise<boolean> {
    if (this.#grant !== grant) return true
    if (!this.#login.repeatable || performance.now() < this.#heldSince + DOUBT_AFTER_MS) return false
    const known = await this.#client.send(grant.token.open(), 'read', 'auth/token/lookup-self')
    if (known.outcome !== 'denied') return false
    if (this.#grant === grant) this.#grant = undefined
    return true
  }

  /** One login at a time, and none before its time; how it went is in `#grant` and `#problem`. */
  #acquire(): Promise<void> {
    if (this.#underWay) return this.#underWay
    if (this.#closed || performance.now() < this.#notBefore) return Promise.resolve()
    return this.#attempt(() => this.#login.attempt(this.#client), true)
  }

  #attempt(ask: () => Promise<Grant>, isLogin: boolean): Promise<void> {
    const startedAt = performance.now()
    this.#underWay = ask()
      .then(
        (grant) => this.#hold(grant, startedAt, isLogin),
        (error: unknown) => this.#failed(error instanceof Error ? error : unavailable('unknown error'), isLogin),
      )
      .finally(() => {
        this.#underWay = undefined
      })
    return this.#underWay
  }

  #hold(grant: Grant, startedAt: number, isLogin: boolean): void {
    this.#grant = grant
    this.#endsAt = startedAt + grant.ttlMs
    if (isLogin) {
      this.#heldSince = startedAt
      this.#firstTtlMs = grant.ttlMs
    }
    if (this.#failures > 0) this.#listeners.onRecovered?.()
    this.#failures = 0
    this.#problem = undefined
    const pause = this.#worthRenewing(grant) ? grant.ttlMs * RENEW_AT : grant.ttlMs / 2
    if (Number.isFinite(grant.ttlMs)) this.#keepUpAfter(Math.max(pause, RENEW_PAUSE_MS_MIN))
  }

  #failed(problem: Error, isLogin: boolean): void {
    const isRefused = problem instanceof LoginRefused
    const longest = isRefused ? REFUSED_MS_MAX : RETRY_MS_MAX
    const pause = Math.min(RETRY_MS_MIN * 2 ** this.#failures, longest)
    if (this.#grant && performance.now() >= this.#endsAt) this.#grant = undefined
    this.#failures += 1
    this.#problem = problem
    // Whoever cannot renew may log in at once.
    if (isLogin) this.#notBefore = performance.now() + pause
    this.#listeners.onFailure?.(problem)
    // Timers may be a moment early, and then nothing would be tried.
    this.#keepUpAfter(pause + 5)
  }

  #keepUpAfter(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    this.#timer = setTimeout(() => void this.#keepUp(), Math.min(ms, TIMER_MS_MAX)).unref()
  }

  async #keepUp(): Promise<void> {
    if (this.#underWay) return
    const grant = this.#grant
    const isAllThereIs = !this.#login.repeatable
    if (grant?.renewable && (isAllThereIs || (this.#worthRenewing(grant) && !this.#problem))) {
      await this.#attempt(() => renew(this.#client, grant), false)
    } else await this.#acquire()
  }

  #worthRenewing(grant: Grant): boolean {
    return grant.renewable && grant.ttlMs >= this.#firstTtlMs * WORTH_RENEWING
  }
}
