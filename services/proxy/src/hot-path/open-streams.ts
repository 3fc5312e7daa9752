/**
 * Answers that are under way, looked over twice a second: what has been revoked, blocked, removed or forbidden meanwhile ends
 * within that time, also in the middle of a stream (pain-14), and one that is silent gets a sign of life.
 */
import type { Clock } from '@gateway/kernel'

export interface OpenStream {
  /** Whether anything was sent since it was asked last. */
  readonly wroteSinceAsked: boolean
  keepAlive(): void
  /** Why it may not go on; undefined when it may. */
  problem(now: number): string | undefined
  end(reason: string): void
}

export interface OpenStreams {
  add(stream: OpenStream): void
  remove(stream: OpenStream): void
  readonly size: number
  stop(): void
}

export interface OpenStreamsOptions {
  readonly lookEveryMs?: number | undefined
  readonly keepAliveMs?: number | undefined
}

const LOOK_EVERY_MS = 500
/** Below the half minute after which the strictest of common load balancers cut a silent connection. */
const KEEP_ALIVE_MS = 15_000

export function createOpenStreams(clock: Clock, options: OpenStreamsOptions = {}): OpenStreams {
  const { lookEveryMs = LOOK_EVERY_MS, keepAliveMs = KEEP_ALIVE_MS } = options
  const looksPerKeepAlive = Math.ceil(keepAliveMs / lookEveryMs)
  /** With the number of looks since it was last heard of. */
  const streams = new Map<OpenStream, number>()

  function look(): void {
    const now = clock()
    for (const [stream, silent] of streams) {
      const problem = stream.problem(now)
      if (problem !== undefined) {
        streams.delete(stream)
        stream.end(problem)
      } else if (stream.wroteSinceAsked) streams.set(stream, 0)
      else if (silent + 1 < looksPerKeepAlive) streams.set(stream, silent + 1)
      else {
        stream.keepAlive()
        streams.set(stream, 0)
      }
    }
  }

  const timer = setInterval(look, lookEveryMs)
  timer.unref()
  return {
    add: (stream) => void streams.set(stream, 0),
    remove: (stream) => void streams.delete(stream),
    get size() {
      return streams.size
    },
    stop: () => clearInterval(timer),
  }
}
