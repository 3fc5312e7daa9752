/** Steady calls with a valid token, counted: what failed while something else happens. */

import type { Stack } from '../e2e/stack/stack.ts'
import { callModern } from '../e2e/wire.ts'

export interface Load {
  /** Ends the load; what was sent and what did not answer 200. */
  stop(): Promise<{ readonly sent: number; readonly failed: readonly string[] }>
}

/** Eight callers at this pace stay below what one user may ask of one proxy (`limits.user_requests_per_minute`). */
const PAUSE_MS = 120

export function startLoad(stack: Stack, token: string, callers = 8): Load {
  const ended = new AbortController()
  let sent = 0
  const failed: string[] = []
  const call = async () => {
    while (!ended.signal.aborted) {
      sent++
      try {
        const response = await callModern(stack, token, 'whoami')
        const text = await response.text()
        if (response.status !== 200) failed.push(`${response.status} ${text.slice(0, 200)}`)
      } catch (error) {
        failed.push(String(error))
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  const calls = Promise.all(Array.from({ length: callers }, call))
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
