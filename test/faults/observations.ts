/** Every answer that the load was given, judged as a client judges it, and what must never be seen at all. */
import type { OAuthAnswer } from '@gateway/testing'

const KINDS = ['call', 'refresh', 'sign-in', 'register', 'revoke'] as const
export type Kind = (typeof KINDS)[number]

/** `wait`: 503 with `Retry-After`, which a client understands. Everything else that is no success has failed. */
export type Verdict =
  | { readonly is: 'done' }
  | { readonly is: 'wait' }
  | { readonly is: 'failed'; readonly why: string }

export const DONE: Verdict = { is: 'done' }
export const WAIT: Verdict = { is: 'wait' }
export const failed = (why: string): Verdict => ({ is: 'failed', why })

/** Times as `performance.now()`. */
export interface Observation {
  readonly kind: Kind
  readonly startedAt: number
  readonly endedAt: number
  readonly verdict: Verdict
}

/** RFC 6749 §5.2 in an outage: 503 `temporarily_unavailable`, and when to come back (RFC 9110 §10.2.3). */
export function judge(answer: OAuthAnswer): Verdict {
  if (answer.status < 300) return DONE
  const { error, error_description: description } = answer.body
  if (answer.status === 503 && error === 'temporarily_unavailable' && hasRetryAfter(answer.headers)) return WAIT
  return failed(`${answer.status} ${String(error)}: ${String(description)}`)
}

export function hasRetryAfter(headers: Headers): boolean {
  return /^\d+$/.test(headers.get('retry-after') ?? '')
}

export class Observations {
  readonly #all: Observation[] = []
  /** What no outage excuses: two winners, a token that went back. */
  readonly violations: string[] = []

  async observe(kind: Kind, work: () => Promise<Verdict>): Promise<Verdict> {
    const startedAt = performance.now()
    const verdict = await work().catch((error: unknown) => failed(reasonOf(error)))
    this.#all.push({ kind, startedAt, endedAt: performance.now(), verdict })
    return verdict
  }

  /** Those that ended at or after `time`. */
  since(time: number): readonly Observation[] {
    return this.#all.filter(({ endedAt }) => endedAt >= time)
  }

  /** How long after `time` the last one that was sent since was turned away or failed; undefined while some kind has not succeeded since. */
  recoveredAfterMs(time: number): number | undefined {
    const later = this.#all.filter(({ startedAt }) => startedAt >= time)
    const works = (kind: Kind) => later.some((seen) => seen.kind === kind && seen.verdict.is === 'done')
    if (!KINDS.every(works)) return undefined
    const bad = later.filter(({ verdict }) => verdict.is !== 'done').map(({ endedAt }) => endedAt)
    return Math.max(time, ...bad) - time
  }
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  return cause instanceof Error ? `${String(error)} (${cause.message})` : String(error)
}
