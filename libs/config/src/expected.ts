/** The words for what a key must be and for what was found there. Of values only the shape is told: they may be secrets. */
import type { z } from 'zod'
import { boundsOf, metaOf, nodeOf } from './schema-tree.ts'

/** "a whole number from 0 to 65535", "one of memory, redis, vault". */
export function expectedOf(schema: z.ZodType): string {
  const { expected } = metaOf(schema)
  if (expected !== undefined) return expected
  const node = nodeOf(schema)
  switch (node.kind) {
    case 'section':
      return 'a section of keys'
    case 'entries':
      return 'a section of named entries'
    case 'list':
      return listOf(node.item)
    case 'boolean':
      return 'true or false'
    case 'number':
      return numberOf(schema)
    case 'choice':
      return `one of ${node.options.join(', ')}`
    case 'text':
      return 'a text'
    case 'anything':
      return 'anything'
  }
}

function listOf(item: z.ZodType): string {
  const node = nodeOf(item)
  if (node.kind === 'choice') return `a list of any of ${node.options.join(', ')}`
  const { expected } = metaOf(item)
  return expected === undefined ? 'a list of texts' : `a list, each ${expected}`
}

function numberOf(schema: z.ZodType): string {
  const { min, max, whole } = boundsOf(schema)
  const noun = whole ? 'a whole number' : 'a number'
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`
  if (min !== undefined) return `${noun} of at least ${min}`
  return max === undefined ? noun : `${noun} of at most ${max}`
}

/** What YAML can hold. */
type Value = string | number | boolean | object | null | undefined

/** "a text of 5 characters", "the number 70000", "a list", "nothing". Of a secret nothing but that it is a text. */
export function shapeOf(value: Value, secret: boolean): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a section of keys'
  if (typeof value !== 'string') return secret ? `a ${typeof value} without quotes` : `the ${typeof value} ${value}`
  if (secret) return 'a text'
  return value === '' ? 'an empty text' : `a text of ${value.length} characters`
}
