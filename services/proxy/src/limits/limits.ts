/**
 * How much one user, one client and one service may take of this replica: requests per minute (token buckets that fill
 * evenly), requests under way, and requests that wait for a backend's first byte, so that a slow backend or a greedy caller
 * leaves the others their share. Counted after authentication, never by address: a hosted client's users share one (pain-16).
 */
import type { LimitsConfig } from '@gateway/config'
import type { Clock } from '@gateway/kernel'

export interface Caller {
  /** Absent on public services. */
  readonly sub?: string | undefined
  readonly clientId?: string | undefined
  readonly serviceId: string
}

export type LimitCode = 'too_many_requests' | 'service_busy'

export interface Limited {
  readonly ok: false
  readonly refusal: LimitCode
  /** Which limit, for the audit. */
  readonly reason: string
  readonly retryAfterSeconds: number
}

/** A request under way. */
export interface Ticket {
  readonly ok: true
  /** The backend has begun to answer; repeated calls count once. */
  answered(): void
  /** The request is over; repeated calls count once. */
  leave(): void
}

export interface Limits {
  enter(caller: Caller): Ticket | Limited
}

/** What may come at once, as a part of a minute's worth. */
const BURST_SECONDS = 10
const BUSY_RETRY_SECONDS = 1
/** Counters of who has not been seen for so long are full again and dropped. */
const IDLE_MS = 60_000

class Counter {
  underWay = 0
  waiting = 0
  #tokens = Number.POSITIVE_INFINITY
  #at = 0

  /** Takes one request; otherwise the milliseconds until there is one again. */
  take(perMinute: number | undefined, now: number): number | undefined {
    if (perMinute !== undefined) {
      const capacity = Math.max(1, (perMinute * BURST_SECONDS) / 60)
      this.#tokens = Math.min(capacity, this.#tokens + (Math.max(0, now - this.#at) * perMinute) / 60_000)
      if (this.#tokens < 1) {
        this.#at = now
        return ((1 - this.#tokens) * 60_000) / perMinute
      }
      this.#tokens--
    }
    this.#at = now
    return undefined
  }

  /** Counted elsewhere as refused: the request that was taken here did not take place. */
  giveBack(): void {
    this.#tokens++
  }

  isIdle(now: number): boolean {
    return this.underWay === 0 && now - this.#at > IDLE_MS
  }
}

type Counters = Map<string, Counter>

/** `settings` is asked at every request, so that a reload counts at once. */
export function createLimits(settings: () => LimitsConfig, clock: Clock): Limits {
  const users: Counters = new Map()
  const clients: Counters = new Map()
  const services: Counters = new Map()
  let sweptAt = clock()

  function sweep(now: number): void {
    sweptAt = now
    for (const counters of [users, clients, services]) {
      for (const [key, each] of counters) if (each.isIdle(now)) counters.delete(key)
    }
  }

  return {
    enter({ sub, clientId, serviceId }) {
      const now = clock()
      if (now - sweptAt >= IDLE_MS) sweep(now)
      const limits = settings()
      const service = counterOf(services, serviceId)
      const user = sub === undefined ? undefined : counterOf(users, sub)
      if (service.waiting >= limits.service_waiting) return busy('service_waiting')
      if (service.underWay >= limits.service_concurrent) return busy('service_concurrent')
      if (user && user.underWay >= limits.user_concurrent) return tooMany('user_concurrent', BUSY_RETRY_SECONDS * 1_000)

      const userWaitMs = user?.take(limits.user_requests_per_minute, now)
      if (userWaitMs !== undefined) return tooMany('user_requests_per_minute', userWaitMs)
      const serviceWaitMs = service.take(limits.service_requests_per_minute, now)
      if (serviceWaitMs !== undefined) {
        user?.giveBack()
        return tooMany('service_requests_per_minute', serviceWaitMs)
      }
      if (clientId !== undefined && limits.client_requests_per_minute !== undefined) {
        const clientWaitMs = counterOf(clients, clientId).take(limits.client_requests_per_minute, now)
        if (clientWaitMs !== undefined) {
          user?.giveBack()
          service.giveBack()
          return tooMany('client_requests_per_minute', clientWaitMs)
        }
      }
      return new Entered(service, user)
    },
  }
}

function counterOf(counters: Counters, key: string): Counter {
  const known = counters.get(key)
  if (known !== undefined) return known
  const made = new Counter()
  counters.set(key, made)
  return made
}

class Entered implements Ticket {
  readonly ok = true
  readonly #service: Counter
  readonly #user: Counter | undefined
  #waiting = true
  #left = false

  constructor(service: Counter, user: Counter | undefined) {
    this.#service = service
    this.#user = user
    service.waiting++
    service.underWay++
    if (user) user.underWay++
  }

  answered(): void {
    if (!this.#waiting) return
    this.#waiting = false
    this.#service.waiting--
  }

  leave(): void {
    if (this.#left) return
    this.#left = true
    this.answered()
    this.#service.underWay--
    if (this.#user) this.#user.underWay--
  }
}

function busy(reason: string): Limited {
  return { ok: false, refusal: 'service_busy', reason, retryAfterSeconds: BUSY_RETRY_SECONDS }
}

function tooMany(reason: string, waitMs: number): Limited {
  return { ok: false, refusal: 'too_many_requests', reason, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) }
}
