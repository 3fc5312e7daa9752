/** Every package explains itself, and the workspace holds no floating version. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ROOT } from './tree.ts'

const packages = [
  ...readdirSync(`${ROOT}libs`).map((name) => `libs/${name}`),
  ...readdirSync(`${ROOT}services`).map((name) => `services/${name}`),
  'infra/demo',
  'test',
]

describe('a package', () => {
  it.each(packages)('%s has a README of at most one page', (folder) => {
    const path = `${ROOT}${folder}/README.md`
    expect(existsSync(path)).toBe(true)
    const prose = readFileSync(path, 'utf8').replace(/<!-- generated[\s\S]*?<!-- \/generated[^>]*-->/g, '')
    expect(prose.split('\n').length).toBeLessThanOrEqual(120)
  })

  it.each(['.', ...packages])('%s names exact versions', (folder) => {
    const manifest = JSON.parse(readFileSync(`${ROOT}${folder}/package.json`, 'utf8')) as Record<
      string,
      Record<string, string>
    >
    const ranges = Object.entries({ ...manifest['dependencies'], ...manifest['devDependencies'] })
      .filter(
        ([name, version]) =>
          !(name.startsWith('@gateway/') && version === '*') &&
          !/^(?:npm:@?[\w/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
      )
      .map(([name, version]) => `${name}@${version}`)
    expect(ranges).toEqual([])
  })
})

describe('the lockfile', () => {
  it('names no registry host', () => {
    expect(readFileSync(`${ROOT}package-lock.json`, 'utf8')).not.toContain('"resolved": "http')
  })
})
