/** "Did you mean …?" for keys that do not exist. */

/** The known key that is nearest to `unknown`, when one is near enough to be what was meant. */
export function nearest(unknown: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(unknown.length / 3))
  let best: { key: string; distance: number } | undefined
  for (const key of known) {
    const distance = editDistance(unknown.toLowerCase(), key.toLowerCase())
    if (distance <= limit && (!best || distance < best.distance)) best = { key, distance }
  }
  return best?.key
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each count one. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const steps = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + cost]
      row.push(Math.min(...steps, ...(swapped ? [at(before, j - 2) + 1] : [])))
    }
    before = last
    last = row
  }
  return at(last, b.length)
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY
