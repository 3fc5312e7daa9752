/** Timing of operations, one at a time or several in flight, and how figures are shown. */

export interface Figures {
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
}

/** `work` is given the position of each call, from 0. */
export async function measure(
  count: number,
  inFlight: number,
  work: (index: number) => Promise<unknown>,
): Promise<Figures> {
  const times: number[] = []
  let next = 0
  const startedAt = performance.now()
  const worker = async () => {
    while (next < count) {
      const index = next++
      const begin = performance.now()
      await work(index)
      times.push(performance.now() - begin)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const perSecond = (count * 1_000) / (performance.now() - startedAt)
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), perSecond }
}

export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Of each figure the median of the rounds. */
export function median(rounds: readonly Figures[]): Figures {
  const of = (figure: keyof Figures) =>
    quantile(
      rounds.map((round) => round[figure]),
      0.5,
    )
  return { p50: of('p50'), p99: of('p99'), perSecond: of('perSecond') }
}

/** The same operations on few and on many, in interleaved rounds of which the first does not count, as a table. */
export async function compareSizes(
  sizes: { readonly few: number; readonly many: number },
  operations: Readonly<Record<string, Record<'few' | 'many', (index: number) => Promise<unknown>>>>,
  run: { readonly rounds: number; readonly count: number },
): Promise<string> {
  const rows: string[][] = []
  for (const [name, { few, many }] of Object.entries(operations)) {
    const rounds: { few: Figures[]; many: Figures[] } = { few: [], many: [] }
    for (let round = 0; round <= run.rounds; round++) {
      const [a, b] = [await measure(run.count, 1, few), await measure(run.count, 1, many)]
      if (round === 0) continue
      rounds.few.push(a)
      rounds.many.push(b)
    }
    const [a, b] = [median(rounds.few), median(rounds.many)]
    rows.push([name, ms(a.p50), ms(b.p50), times(b.p50 / a.p50), ms(a.p99), ms(b.p99)])
  }
  const [few, many] = [whole(sizes.few), whole(sizes.many)]
  return table(['one at a time', `p50 ms at ${few}`, `at ${many}`, 'ratio', `p99 ms at ${few}`, `at ${many}`], rows)
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

export const ms = (value: number): string => value.toFixed(2)
export const whole = (value: number): string => Math.round(value).toLocaleString('en')
export const times = (value: number): string => `${value.toFixed(2)} ×`
