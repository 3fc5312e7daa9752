/** Steady calls with a valid token, counted: what failed while something else happens. */

import type { Stack } from '../e2e/stack/stack.ts'
import { callModern } from '../e2e/wire.ts'

export interface Load {
  /** Ends the load; what was sent and what did not answer 200. */
  stop(): Promise<{ readonly sent: number; readonly failed: readonly string[] }>
}

/** Eight callers at this pace stay below what one user may ask of one proxy (`limits.user_requests_per_minute`). */
const PAUSE_MS = 120

export const CALLERS = 8

export function startLoad(stack: Stack, token: string, callers = CALLERS): Load {
  return repeat(callers, async () => {
    const response = await callModern(stack, token, 'whoami')
    const text = await response.text()
    return response.status === 200 ? undefined : `${response.status} ${text.slice(0, 200)}`
  })
}

/** Streams of some seconds, longer than a replica that leaves still takes new work: each must come to its own end. */
export function startStreams(stack: Stack, token: string, streams = 6): Load {
  const asked = { arguments: { steps: 16, delay_ms: 500 }, progressToken: 'streaming' }
  return repeat(streams, async () => {
    const response = await callModern(stack, token, 'count', {}, asked)
    const text = await response.text()
    const whole = text.includes('"progress":16') && text.includes('"counted":16')
    return response.status === 200 && whole ? undefined : `${response.status} ${text.slice(-200)}`
  })
}

/** `call` resolves with what was wrong. */
function repeat(callers: number, call: () => Promise<string | undefined>): Load {
  const ended = new AbortController()
  let sent = 0
  const failed: string[] = []
  const caller = async () => {
    while (!ended.signal.aborted) {
      sent++
      const problem = await call().catch(String)
      if (problem !== undefined) failed.push(problem)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  const calls = Promise.all(Array.from({ length: callers }, caller))
  return {
    async stop() {
      ended.abort()
      await calls
      return { sent, failed }
    },
  }
}

/** Milliseconds: median and 99th percentile of what was measured. */
export function percentiles(values: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}
