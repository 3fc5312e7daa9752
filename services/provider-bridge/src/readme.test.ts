import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { refusals } from './refusals.ts'

describe('the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

  it('lists every refusal with its meaning, and no other', () => {
    const table = readme.slice(readme.indexOf('| refusal'))
    const rows = [...table.matchAll(/^\| `([a-z_]+)` *\| (.+?) *\|$/gm)].map(([, code, meaning]) => [code, meaning])
    expect(Object.fromEntries(rows)).toEqual(refusals)
  })
})
