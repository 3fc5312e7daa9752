/**
 * `npm run test:planted [-- id …]`: plants every defect (or those of the lines named), one after another, in a copy of the
 * repository, and demands of each that a test which the manifest cites for its line fails. Exits 1 when one survives. What
 * came of all of them is written into the README.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { ROOT } from '../../e2e/stack/processes.ts'
import { SOURCES } from '../requirements.ts'
import { copyOf } from './copy.ts'
import { defects, type PlantedDefect } from './defects.ts'
import { type Outcome, outcomeOf, runTests, tryDefect } from './trial.ts'

const BASELINE_MS = 900_000
const README = new URL('../README.md', import.meta.url)
const MARKED = /(?<=<!-- results -->\n)[^]*(?=<!-- \/results -->)/

const named = process.argv.slice(2)
const chosen = defects().filter(({ id }) => named.length === 0 || named.includes(id))
const unknown = named.filter((id) => !chosen.some((defect) => defect.id === id))
if (unknown.length > 0) throw new Error(`no defect is planted for ${unknown.join(', ')}`)

const begun = Date.now()
const copy = copyOf(ROOT)
const outcomes: (PlantedDefect & Outcome)[] = []
try {
  assertPassing(copy.folder)
  for (const defect of chosen) {
    const outcome = tryDefect(copy.folder, defect, defect.tests)
    outcomes.push({ ...defect, ...outcome })
    console.log(`${outcome.verdict.padEnd(8)}  ${defect.id}: ${defect.defect}  ←  ${outcome.by || '–'}`)
  }
} finally {
  copy.remove()
}
const text = summary()
console.log(`\n${text}`)
if (named.length === 0)
  writeFileSync(
    README,
    readFileSync(README, 'utf8').replace(MARKED, () => `\n${text}\n\n`),
  )
process.exitCode = outcomes.every(({ verdict }) => verdict === 'caught') ? 0 : 1

/** A test that fails anyway would catch everything. */
function assertPassing(folder: string): void {
  const files = [...new Set(chosen.flatMap(({ tests }) => Object.keys(tests)))]
  const report = runTests(folder, files, [], BASELINE_MS)
  const outcome = report && outcomeOf(report)
  if (outcome?.verdict === 'SURVIVED') return
  throw new Error(`without any defect the tests do not pass: ${outcome?.by ?? 'they did not end'}`)
}

function summary(): string {
  const rows = SOURCES.map(({ source, ids }) => {
    const own = outcomes.filter(({ id }) => ids.includes(id))
    const caught = own.filter(({ verdict }) => verdict === 'caught').length
    return `| ${source} | ${new Set(own.map(({ id }) => id)).size} | ${own.length} | ${caught} |`
  })
  const minutes = ((Date.now() - begun) / 60_000).toFixed(1)
  const left = outcomes.filter(({ verdict }) => verdict !== 'caught')
  const all = `${outcomes.length - left.length} of ${outcomes.length} defects caught, in ${minutes} minutes on ${cpus().length} cores with a load of ${loadavg()[0]?.toFixed(1)}`
  const missed = left.map(({ id, defect, verdict, by }) => `- ${verdict}: ${id}, ${defect} ${by}`)
  return ['| source | lines | defects | caught |', '| --- | --- | --- | --- |', ...rows, '', `${all}.`, ...missed].join(
    '\n',
  )
}
