import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../e2e/stack/processes.ts'
import { SOURCES } from './requirements.ts'

const ALL = SOURCES.flatMap(({ requirements }) => Object.entries(requirements))
const IDS = new Set(SOURCES.flatMap(({ ids }) => ids))

const proofs = ALL.flatMap(([id, { standing }]) =>
  'tests' in standing ? Object.entries(standing.tests).map(([file, text]) => ({ id, file, text })) : [],
)

describe('the manifest of requirements', () => {
  it.each(SOURCES)('has every line of $source, and no other', ({ ids, requirements }) => {
    expect(Object.keys(requirements).toSorted()).toEqual(ids.toSorted())
  })

  it('cites tests that are there', () => {
    const missing = proofs.filter(({ file, text }) => {
      const path = `${ROOT}${file}`
      return !existsSync(path) || !readFileSync(path, 'utf8').includes(text)
    })
    expect(missing).toEqual([])
  })

  it('has a test, or a reason, for every line', () => {
    const bare = ALL.filter(([, { standing }]) =>
      Object.values(standing).some((said) => Object.keys(said).length === 0),
    )
    expect(bare.map(([id]) => id)).toEqual([])
  })

  it('knows every line of the lists that anything here cites', () => {
    const folders = '{libs,services,infra,test}'
    const files = globSync([`${folders}/**/*.ts`], { cwd: ROOT, exclude: (path) => path.endsWith('node_modules') })
    expect(files.length).toBeGreaterThan(500)
    const unknown = files.flatMap((file) =>
      [...readFileSync(`${ROOT}${file}`, 'utf8').matchAll(/\b(?:original|pain)-\d+/g)]
        .filter(([id]) => !IDS.has(id))
        .map(([id]) => `${file}: ${id}`),
    )
    expect(unknown).toEqual([])
  })
})
