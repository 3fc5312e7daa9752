/** Counts in Redis, over all replicas. A connection of its own: limits never wait behind large values. */
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { COUNTS_ONLY, limiterCounter } from '../limiter-counter.ts'
import type { Counter } from '../ports.ts'
import { connect } from './connection.ts'
import type { RedisOptions } from './options.ts'

/** `prefix` stands before every key. @throws Misconfigured as `redisStore` does */
export async function redisCounter(options: RedisOptions, prefix: string): Promise<Counter> {
  const connection = await connect(options)
  return limiterCounter({
    limiterOf(windowMs) {
      const limiter = new RateLimiterRedis({
        storeClient: connection.redis,
        points: COUNTS_ONLY,
        duration: Math.ceil(windowMs / 1_000),
        keyPrefix: prefix,
      })
      return { consume: (key, points) => connection.send(() => limiter.consume(key, points)) }
    },
    close: () => connection.close(),
  })
}
