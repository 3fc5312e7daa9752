/** When work that failed is tried again. */

const FIRST_MS = 100
const LONGEST_MS = 60_000

/** Doubles from 100 ms to a minute or `longestMs`, a quarter of it random, so that what failed together does not come back together. */
export function retryDelayMs(failures: number, longestMs = LONGEST_MS): number {
  const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20))
  return Math.min(longestMs, Math.round(ms * (0.75 + Math.random() / 4)))
}

/** Resolves early, never rejects, when `cut` is aborted. */
export function pause(ms: number, cut?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (cut?.aborted) {
      resolve()
      return
    }
    const end = () => {
      clearTimeout(timer)
      cut?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    cut?.addEventListener('abort', end)
  })
}

/** Where nobody listens, failures become process warnings rather than vanish. */
export function warnOfFailure(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
