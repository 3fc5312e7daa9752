/** Results as rows of Markdown. */
import type { Counted, Result } from './trial.ts'

const HEAD = [
  'to',
  'happens',
  'lasts s',
  'calls answered',
  'of other requests answered',
  'told to wait',
  'failed',
  'longest answer s',
  'recovered after s',
  'lost',
]

export function tableOf(results: readonly Result[]): string {
  const rows = [HEAD, HEAD.map((_, index) => (index < 2 ? '---' : '---:')), ...results.map(rowOf)]
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function rowOf({
  target,
  fault,
  lastedMs,
  calls,
  others,
  longestMs,
  recoveredAfterMs,
  problems,
}: Result): readonly string[] {
  return [
    target,
    fault,
    seconds(lastedMs),
    `${calls.done} of ${total(calls)}`,
    `${others.done} of ${total(others)}`,
    String(others.wait),
    String(calls.failed + others.failed),
    seconds(longestMs),
    seconds(recoveredAfterMs),
    problems.length === 0 ? 'nothing' : problems.join('; ').replaceAll('|', '\\|'),
  ]
}

const total = ({ done, wait, failed }: Counted): number => done + wait + failed
const seconds = (ms: number): string => (ms / 1_000).toFixed(1)
