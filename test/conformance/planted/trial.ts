/** One defect planted in the copy, its tests run, and the file put back. */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Proofs } from '../requirements/requirement.ts'
import type { Defect } from './defect.ts'

export interface Outcome {
  readonly verdict: 'caught' | 'SURVIVED' | 'NOTHING RAN' | 'DID NOT END' | 'DOES NOT RUN'
  /** The test that failed, or what went wrong. */
  readonly by: string
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo'
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

const TRIAL_MS = 120_000

function plant(folder: string, { file, find, replace }: Defect): () => void {
  const path = join(folder, file)
  const whole = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    whole.replace(find, () => replace),
  )
  return () => writeFileSync(path, whole)
}

export function tryDefect(folder: string, defect: Defect, tests: Proofs): Outcome {
  const restore = plant(folder, defect)
  try {
    const texts = Object.values(tests)
    const named = texts.includes('') ? [] : ['-t', texts.map(pattern).join('|')]
    const report = runTests(folder, Object.keys(tests), ['--bail=1', ...named])
    return report === undefined ? { verdict: 'DID NOT END', by: '' } : outcomeOf(report)
  } finally {
    restore()
  }
}

/** @returns undefined when they did not end in time */
export function runTests(
  folder: string,
  files: readonly string[],
  options: readonly string[],
  timeout = TRIAL_MS,
): Report | undefined {
  const output = join(folder, 'report.json')
  rmSync(output, { force: true })
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs')
  const args = ['run', '--project=fast', '--project=sockets', '--project=servers', '--maxWorkers=1', '--reporter=json']
  spawnSync(process.execPath, [vitest, ...args, `--outputFile.json=${output}`, ...options, ...files], {
    cwd: folder,
    env: { ...process.env, CI: '', NO_COLOR: '1' },
    stdio: 'ignore',
    timeout,
  })
  try {
    return JSON.parse(readFileSync(output, 'utf8')) as Report
  } catch {
    return undefined
  }
}

/** What a file, or a test, that could not even run says is about the edit, not about the behaviour. */
const NO_PROGRAM = /^(?:ReferenceError|SyntaxError)/

export function outcomeOf({ testResults }: Report): Outcome {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const failed = tests.find(({ status }) => status === 'failed')
  const broken = testResults.find(({ message }) => message !== '')
  if (failed?.failureMessages.some((message) => NO_PROGRAM.test(message))) {
    return { verdict: 'DOES NOT RUN', by: failed.failureMessages[0]?.split('\n', 1)[0] ?? '' }
  }
  if (failed) return { verdict: 'caught', by: failed.fullName }
  if (broken) return { verdict: 'DOES NOT RUN', by: broken.message.split('\n', 1)[0] ?? '' }
  if (!tests.some(({ status }) => status === 'passed')) return { verdict: 'NOTHING RAN', by: '' }
  return { verdict: 'SURVIVED', by: '' }
}

/** A name as vitest knows it: what a table fills in may be anything. */
function pattern(text: string): string {
  return text
    .split(/%[sdijfo]|\$[\w.]+/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
}
