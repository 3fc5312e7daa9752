/**
 * `npm test`: finds or fetches the servers that tests start, runs vitest with the arguments given, and ends with the plain
 * line `N passed, N failed` (`, N skipped`).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numFailedTestSuites: number
}

const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'))
const reportFile = join(folder, 'report.json')
const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname
const args = [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${reportFile}`,
  ...process.argv.slice(2),
]
const { status } = spawnSync(process.execPath, [vitest, ...args], { stdio: 'inherit' })

const report = readReport()
rmSync(folder, { recursive: true, force: true })
if (report) {
  // A file that cannot be loaded has no test to count, and is a failure all the same.
  const failed = Math.max(report.numFailedTests, Math.min(report.numFailedTestSuites, 1), status === 0 ? 0 : 1)
  console.log(`${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests} skipped`)
}
process.exitCode = status ?? 1

function readReport(): Report | undefined {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8')) as Report
  } catch {
    return undefined
  }
}
