/**
 * How long nothing can have been heard of revocations: since the bus was last seen up. By default traffic flows on for as long as that lasts;
 * with `limits.revocation_staleness_seconds` the operator prefers a refusal to a token that may have been revoked meanwhile.
 */
import type { Bus } from '@gateway/bus'
import type { Clock } from '@gateway/kernel'

const LOOK_MS = 1_000

export interface Staleness {
  /** Whether that is longer than is allowed. */
  isTooLong(): boolean
  stop(): void
}

/** `secondsMax` is asked each time, so that a reload counts at once. */
export function createStaleness(
  bus: Pick<Bus, 'status'>,
  clock: Clock,
  secondsMax: () => number | undefined,
): Staleness {
  let upAt = clock()
  const look = (): boolean => {
    const isUp = bus.status() === 'up'
    if (isUp) upAt = clock()
    return isUp
  }
  const timer = setInterval(look, LOOK_MS).unref()
  return {
    isTooLong() {
      const max = secondsMax()
      return max !== undefined && !look() && clock() - upAt > max * 1_000
    },
    stop: () => clearInterval(timer),
  }
}
