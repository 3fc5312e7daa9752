/** Counts in this process's memory: each replica for itself. */
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { COUNTS_ONLY, limiterCounter } from '../limiter-counter.ts'
import type { Counter } from '../ports.ts'

export function memoryCounter(): Counter {
  return limiterCounter({
    limiterOf: (windowMs) => new RateLimiterMemory({ points: COUNTS_ONLY, duration: windowMs / 1_000, keyPrefix: '' }),
    close: () => Promise.resolve(),
  })
}
