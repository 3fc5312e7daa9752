/** One fault under load, from before it until everything works again, and what came of it. */
import type { Replica } from '../e2e/stack/replica.ts'
import { type Checked, lost } from './check.ts'
import type { Fault, Target } from './faults.ts'
import type { Load } from './load.ts'
import type { Observations } from './observations.ts'

export interface Trial {
  readonly load: Load
  readonly observations: Observations
  readonly checked: Checked
  readonly replicas: readonly Replica[]
  /** Resolves when every part says that it is ready. */
  ready(): Promise<void>
}

export interface Result {
  readonly target: string
  readonly fault: string
  readonly lastedMs: number
  /** Proxied calls. */
  readonly calls: Counted
  /** Everything else. */
  readonly others: Counted
  /** The longest wait for an answer to anything but a call. */
  readonly longestMs: number
  readonly recoveredAfterMs: number
  readonly problems: readonly string[]
}

export interface Counted {
  readonly done: number
  readonly wait: number
  readonly failed: number
}

const BEFORE_MS = 500
/** Nothing may go wrong for so long before all is well again. */
const CALM_MS = 1_000
const RECOVERY_MS_MAX = 60_000

export async function attempt(trial: Trial, target: Target, fault: Fault): Promise<Result> {
  const { load, observations } = trial
  const begin = performance.now()
  observations.violations.length = 0
  load.start()
  await pause(BEFORE_MS)
  const injectedAt = performance.now()
  await fault.inject(target)
  await pause(fault.lastsMs)
  const healedAt = performance.now()
  await fault.heal(target)
  const recoveredAfterMs = await recovery(observations, healedAt)
  await load.stop()
  await trial.ready()
  const seen = observations.since(begin)
  const of = (calls: boolean) => seen.filter(({ kind }) => (kind === 'call') === calls)
  const failures = seen.flatMap(({ kind, verdict }) => (verdict.is === 'failed' ? [`${kind}: ${verdict.why}`] : []))
  const unexcused = failures.filter((failure) => !fault.excuses?.test(failure))
  const ended = trial.replicas.filter((replica) => !replica.alive())
  return {
    target: target.name,
    fault: fault.name,
    lastedMs: healedAt - injectedAt,
    calls: count(of(true)),
    others: count(of(false)),
    longestMs: Math.max(...of(false).map(({ startedAt, endedAt }) => endedAt - startedAt)),
    recoveredAfterMs,
    problems: [
      ...new Set(unexcused),
      ...observations.violations,
      ...ended.map(({ name }) => `${name} ended`),
      ...(await lost(trial.checked)),
    ],
  }
}

/** @throws when something still goes wrong, or does not work, long after the fault has ended */
async function recovery(observations: Observations, healedAt: number): Promise<number> {
  for (;;) {
    await pause(50)
    const after = observations.recoveredAfterMs(healedAt)
    const sinceMs = performance.now() - healedAt
    if (after !== undefined && sinceMs - after >= CALM_MS) return after
    if (sinceMs > RECOVERY_MS_MAX) {
      const last = observations.since(healedAt).filter(({ verdict }) => verdict.is !== 'done')
      throw new Error(`no recovery in ${RECOVERY_MS_MAX} ms: ${JSON.stringify(last.slice(-3))}`)
    }
  }
}

function count(seen: ReturnType<Observations['since']>): Counted {
  const of = (what: string) => seen.filter(({ verdict }) => verdict.is === what).length
  return { done: of('done'), wait: of('wait'), failed: of('failed') }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
