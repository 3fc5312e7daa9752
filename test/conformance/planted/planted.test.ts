import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../e2e/stack/processes.ts'
import { SOURCES } from '../requirements.ts'
import { defects, PLANTED } from './defects.ts'
import { outcomeOf } from './trial.ts'

const planted = defects()
const lines = SOURCES.flatMap(({ requirements }) => Object.entries(requirements))

describe('the planted defects', () => {
  it('cover every line of the manifest that a test proves, or say why one cannot be broken', () => {
    const proven = lines.filter(([, { standing }]) => 'tests' in standing).map(([id]) => id)
    expect(Object.keys(PLANTED).toSorted()).toEqual(proven.toSorted())
    const bare = Object.entries(PLANTED).filter(([, line]) => ('notPlanted' in line ? !line.notPlanted : !line.length))
    expect(bare.map(([id]) => id)).toEqual([])
  })

  it('have their place in the code, once', () => {
    const astray = planted.filter(({ file, find, replace }) => {
      const path = `${ROOT}${file}`
      const times = existsSync(path) ? readFileSync(path, 'utf8').split(find).length - 1 : 0
      return times !== 1 || find === replace
    })
    expect(astray.map(({ id, defect }) => `${id}: ${defect}`)).toEqual([])
  })

  it('name the tests that catch them', () => {
    const astray = planted.filter(({ tests }) => {
      const files = Object.keys(tests)
      return files.length === 0 || files.some((file) => !existsSync(`${ROOT}${file}`))
    })
    expect(astray.map(({ id, defect }) => `${id}: ${defect}`)).toEqual([])
  })
})

describe('the outcome of a trial', () => {
  const test = (status: 'passed' | 'failed' | 'skipped', message = 'AssertionError: …') => ({
    fullName: status,
    status,
    failureMessages: status === 'failed' ? [message] : [],
  })
  const outcome = (tests: readonly ReturnType<typeof test>[], message = '') =>
    outcomeOf({ testResults: [{ name: 'a.test.ts', message, assertionResults: tests }] }).verdict

  it('is caught by a test that fails, and by nothing else', () => {
    expect(outcome([test('passed'), test('failed')])).toBe('caught')
    expect(outcome([test('passed'), test('skipped')])).toBe('SURVIVED')
    expect(outcome([test('skipped')])).toBe('NOTHING RAN')
    expect(outcome([])).toBe('NOTHING RAN')
    // An edit that is no program proves nothing.
    expect(outcome([], 'SyntaxError: …')).toBe('DOES NOT RUN')
    expect(outcome([test('failed', 'ReferenceError: x is not defined')])).toBe('DOES NOT RUN')
  })
})
