/** Reading a zod schema as a tree: what is inside the wrappers, and what was noted beside it. */
import { z } from 'zod'
import type { FieldMeta } from './sections/fields.ts'

export type Node =
  | { readonly kind: 'section'; readonly fields: Readonly<Record<string, z.ZodType>> }
  | { readonly kind: 'entries'; readonly value: z.ZodType }
  | { readonly kind: 'list'; readonly item: z.ZodType }
  | { readonly kind: 'boolean' | 'number' | 'text' | 'anything' }
  | { readonly kind: 'choice'; readonly options: readonly string[] }

/** What stands in the file at this place, whatever defaults and transforms surround it. */
export function nodeOf(schema: z.ZodType): Node {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodObject) return { kind: 'section', fields: inner.shape }
  if (inner instanceof z.ZodRecord) return { kind: 'entries', value: inner.valueType as z.ZodType }
  if (inner instanceof z.ZodArray) return { kind: 'list', item: inner.element as z.ZodType }
  if (inner instanceof z.ZodBoolean) return { kind: 'boolean' }
  if (inner instanceof z.ZodNumber) return { kind: 'number' }
  if (inner instanceof z.ZodEnum) return { kind: 'choice', options: inner.options.map(String) }
  return { kind: inner instanceof z.ZodString ? 'text' : 'anything' }
}

/** What was noted on the schema or on anything that it wraps; the outer note wins. */
export function metaOf(schema: z.ZodType): FieldMeta {
  const inner = wrapped(schema)
  return { ...(inner ? metaOf(inner) : {}), ...(schema.meta() as FieldMeta | undefined) }
}

/** The default that applies when the key is absent; undefined when there is none, or when it is a section of defaults. */
export function defaultOf(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodDefault) return schema.def.defaultValue
  const inner = wrapped(schema)
  return inner && !(schema instanceof z.ZodPrefault) ? defaultOf(inner) : undefined
}

/** Whether the key must be there. */
export function isRequired(schema: z.ZodType): boolean {
  return !schema.safeParse(undefined).success
}

/** Inclusive bounds of a number. */
export function boundsOf(schema: z.ZodType): { readonly min?: number; readonly max?: number; readonly whole: boolean } {
  const inner = unwrap(schema)
  if (!(inner instanceof z.ZodNumber)) return { whole: false }
  const { minValue, maxValue, isInt } = inner
  const real = (bound: number | null) =>
    bound !== null && Number.isFinite(bound) && Math.abs(bound) < Number.MAX_SAFE_INTEGER
  return {
    ...(minValue !== null && real(minValue) ? { min: minValue } : {}),
    ...(maxValue !== null && real(maxValue) ? { max: maxValue } : {}),
    whole: isInt,
  }
}

/** The schema that governs `path`, as far as it exists. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  const [head, ...rest] = path
  if (head === undefined) return schema
  const node = nodeOf(schema)
  switch (node.kind) {
    case 'section': {
      const field = node.fields[String(head)]
      return field && schemaAt(field, rest)
    }
    case 'entries':
      return schemaAt(node.value, rest)
    case 'list':
      return schemaAt(node.item, rest)
    case 'boolean':
    case 'number':
    case 'text':
    case 'anything':
    case 'choice':
      return undefined
  }
}

function unwrap(schema: z.ZodType): z.ZodType {
  const inner = wrapped(schema)
  return inner ? unwrap(inner) : schema
}

function wrapped(schema: z.ZodType): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return schema.def.innerType as z.ZodType
  }
  return schema instanceof z.ZodPipe ? (schema.def.in as z.ZodType) : undefined
}
