import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { metaOf, nodeOf } from '../schema-tree.ts'
import { configSchema } from '../sections.ts'
import { withReference } from './reference.ts'

describe('the configuration reference in the README', () => {
  it('is the one that the schema makes (npm run reference -w libs/config)', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    expect(withReference(readme)).toBe(readme)
  })

  it('has a sentence for every key', () => {
    const silent: string[] = []
    const visit = (schema: Parameters<typeof nodeOf>[0], path: string) => {
      const { description, noMeaning } = metaOf(schema)
      if (path !== '' && !description && !noMeaning) silent.push(path)
      const node = nodeOf(schema)
      if (node.kind === 'section')
        for (const [key, field] of Object.entries(node.fields)) visit(field, `${path}.${key}`)
      if (node.kind !== 'entries') return
      const entry = nodeOf(node.value)
      if (entry.kind === 'section')
        for (const [key, field] of Object.entries(entry.fields)) visit(field, `${path}.*.${key}`)
    }
    visit(configSchema, '')
    expect(silent).toEqual([])
  })

  it('refuses a README without a place for it', () => {
    expect(() => withReference('# nothing')).toThrow(TypeError)
  })
})
