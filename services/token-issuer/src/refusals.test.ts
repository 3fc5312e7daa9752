import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { refusals } from './refusals.ts'

describe('the README', () => {
  it('lists exactly the refusals that exist', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const listed = [...readme.matchAll(/^\| `([a-z_]+)` +\| ([^|]+) \|$/gm)].map(([, code, when]) => [
      code,
      when?.trim(),
    ])
    expect(Object.fromEntries(listed)).toEqual(refusals)
  })
})
