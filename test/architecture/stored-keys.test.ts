/**
 * ARCHITECTURE.md lists every stored key: `testDeps()` refuses any other one in the services' own tests; here the table is held
 * to the code the other way round, and to the rules that all keys follow.
 */
import { readFileSync } from 'node:fs'
import { storedKeys } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { ROOT, sourceFiles } from './tree.ts'

const keys = storedKeys()
const production = sourceFiles('services').filter((file) => !/\.test\.ts$|\/test-support\/|\/testing\//.test(file.path))
const ofService = (service: string) => production.filter((file) => file.path.startsWith(`services/${service}/src/`))
const storing = [
  ...new Set(production.filter(({ text }) => /\bKeyValue\b/.test(text)).map(({ path }) => path.split('/')[1] ?? '')),
]

describe('the table of stored keys', () => {
  it('has every column filled, and names the owner whose namespace the key is in', () => {
    const map = readFileSync(`${ROOT}ARCHITECTURE.md`, 'utf8')
    for (const { key, owner } of keys) {
      const row = map.split('\n').find((line) => line.startsWith(`| \`${key}\` `)) ?? ''
      const [, example, content, ttl, named, sealed] = row
        .slice(1)
        .split(' | ')
        .map((cell) => cell.replace(/\|$/, '').trim())
      expect({ key, named, sealed, full: [example, content, ttl].every(Boolean) }).toEqual({
        key,
        named: owner,
        sealed: 'yes',
        full: true,
      })
    }
  })

  it('lists keys of exactly the services that keep something', () => {
    expect([...new Set(keys.map(({ owner }) => owner))].toSorted()).toEqual(storing.toSorted())
  })

  it('lists nothing that the code no longer knows: every word of a key stands in its owner’s code', () => {
    const gone = keys.flatMap(({ key, owner }) => {
      const code = ofService(owner)
        .map(({ text }) => text)
        .join('\n')
      const words = key
        .slice(owner.length + 1)
        .replaceAll(/<[^>]+>/g, '')
        .split(/[:.]/)
        .filter(Boolean)
      // `document-lease` may be put together of `document` and `-lease`.
      const known = (word: string) => code.includes(word) || word.split('-').every((part) => code.includes(part))
      return words.filter((word) => !known(word)).map((word) => `${key}: ${word}`)
    })
    expect(gone).toEqual([])
  })
})

describe('a service that keeps something', () => {
  it.each(storing)('%s seals it under the name of its namespace, which resealing relies on', (service) => {
    const wrapped = ofService(service).flatMap(({ text }) => [
      ...text.matchAll(/encrypted\(\s*namespaced\([\w.]+, (\w+|'[\w-]+')\),\s*[\w.]+,\s*(\w+|'[\w-]+'),?\s*\)/g),
    ])
    expect(wrapped).toHaveLength(1)
    const [, namespace, label] = wrapped[0] ?? []
    expect(label).toBe(namespace)
    const name = namespace?.startsWith("'") ? namespace : undefined
    const declared = ofService(service).some(({ text }) => text.includes(`const ${namespace} = '${service}'`))
    expect(name === `'${service}'` || declared).toBe(true)
  })
})
