/** A `Counter` of rate-limiter-flexible's limiters: they count, what the count means is judged here. */
import { keyOf } from '@gateway/kernel'
import type { Consumed, Counter, Limit } from './ports.ts'

/** What is used of a limiter of rate-limiter-flexible. @throws Unavailable */
interface CountingLimiter {
  consume(key: string, points: number): Promise<Counted>
}

interface Counted {
  readonly consumedPoints: number
  readonly msBeforeNext: number
}

export interface Limiters {
  /** One that counts within windows of this length and refuses nothing: {@link COUNTS_ONLY}. */
  limiterOf(windowMs: number): CountingLimiter
  close(): Promise<void>
}

/** `points` of a limiter. A limit that a reload changes then goes on from what was counted. */
export const COUNTS_ONLY = Number.MAX_SAFE_INTEGER

export function limiterCounter(limiters: Limiters): Counter {
  /** As many as the configuration has windows. */
  const byWindow = new Map<number, CountingLimiter>()
  function limiterOf(windowMs: number): CountingLimiter {
    const limiter = byWindow.get(windowMs) ?? limiters.limiterOf(windowMs)
    byWindow.set(windowMs, limiter)
    return limiter
  }
  return {
    async consume(key, points, within) {
      assertCountable(points, within)
      const counted = await limiterOf(within.windowMs).consume(`${within.windowMs}:${keyOf(key)}`, points)
      return judge(counted, within.limit)
    },
    close: () => limiters.close(),
  }
}

/** A backend that counts in whole seconds takes less for "for ever"; no timer of Node's lasts longer. */
const WINDOW_MS_MIN = 1_000
const WINDOW_MS_MAX = 2 ** 31 - 1

/** @throws TypeError A programmer's mistake: limits of a configuration are checked there. */
function assertCountable(points: number, { limit, windowMs }: Limit): void {
  const whole = Number.isInteger(points) && points > 0 && Number.isInteger(limit) && limit >= 0
  if (whole && windowMs >= WINDOW_MS_MIN && windowMs <= WINDOW_MS_MAX) return
  throw new TypeError('points and limits are whole numbers, and a window lasts from one second to 24 days')
}

function judge({ consumedPoints: consumed, msBeforeNext }: Counted, limit: number): Consumed {
  const allowed = consumed <= limit
  return {
    allowed,
    remaining: Math.max(limit - consumed, 0),
    retryAfterMs: allowed ? 0 : Math.max(1, Math.ceil(msBeforeNext)),
  }
}
