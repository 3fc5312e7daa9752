/** How often something may happen in a window of time, by key. */
import type { Clock } from '@gateway/kernel'
import type { Counter } from '@gateway/store'

export interface Limiter {
  /** False when `key` has used up its window. @throws Unavailable where counting is shared and its backend is down */
  take(key: string): Promise<boolean>
}

export interface LimiterOptions {
  readonly clock: Clock
  readonly max: () => number
  readonly windowMs: number
}

/** Counted for all replicas together. `purpose` sets its keys apart from those of other limits. */
export function sharedLimiter(counter: Counter, purpose: string, max: () => number, windowMs: number): Limiter {
  return { take: async (key) => (await counter.consume(`${purpose} ${key}`, 1, { limit: max(), windowMs })).allowed }
}

const KEYS_MAX = 10_000

/**
 * Counted in this replica alone: with several replicas as many times more may. Bounded, so that making up keys costs nothing;
 * the key that was counted longest ago is forgotten first.
 */
export function localLimiter({ clock, max, windowMs }: LimiterOptions): Limiter {
  const windows = new Map<string, { readonly until: number; count: number }>()
  return {
    async take(key) {
      const now = clock()
      const window = windows.get(key)
      if (window && window.until > now) return ++window.count <= max()
      windows.delete(key)
      windows.set(key, { until: now + windowMs, count: 1 })
      const [oldest] = windows.keys()
      if (windows.size > KEYS_MAX && oldest !== undefined) windows.delete(oldest)
      return true
    },
  }
}
