/**
 * `npm run test:faults`: every fault on every server and every service, for as long as it takes; the results become the table
 * of README.md. Arguments go to vitest; with any, nothing is written.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableOf } from './table.ts'
import type { Result } from './trial.ts'

const README = new URL('./README.md', import.meta.url)
const MARKED = /(?<=<!-- results -->\n)[^]*(?=<!-- \/results -->)/

const folder = mkdtempSync(join(tmpdir(), 'gateway-faults-'))
const file = join(folder, 'results.ndjson')
writeFileSync(file, '')
const [loadAtStart = 0] = loadavg()
const vitest = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).pathname
const only = process.argv.slice(2)
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'faults', '--reporter=verbose', ...only], {
  stdio: 'inherit',
  env: { ...process.env, FAULTS: 'long', FAULTS_RESULTS: file },
})
const results = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Result)
rmSync(folder, { recursive: true, force: true })

const text = `\n${conditions()}\n\n${tableOf(results)}\n`
console.log(text)
if (only.length === 0) writeFileSync(README, written(readFileSync(README, 'utf8')))
process.exitCode = status ?? 1

function written(readme: string): string {
  if (!MARKED.test(readme)) throw new Error('README.md has no place for the results')
  return readme.replace(MARKED, () => `${text}\n`)
}

function conditions(): string {
  const load = loadAtStart > 0.5 ? ` Load average at the start: ${loadAtStart.toFixed(1)}.` : ''
  return `${results.length} trials on ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}: all processes, servers and clients share it.${load}`
}
