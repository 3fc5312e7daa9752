/**
 * From what stands in the file to what the schema takes: keys without a value are absent, texts become the booleans and
 * numbers that the schema wants (so a quoted or substituted "false" is false, original-25), unknown keys are problems with
 * a suggestion.
 */
import type { z } from 'zod'
import type { Path, Problems } from './problems.ts'
import { metaOf, type Node, nodeOf } from './schema-tree.ts'
import { nearest } from './suggest.ts'

export interface Findings {
  readonly problems: Problems
  /** Keys that are accepted and do nothing, with the reason. */
  readonly meaningless: { readonly path: Path; readonly reason: string }[]
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
}

export function normalise(schema: z.ZodType, value: unknown, findings: Findings, path: Path = []): unknown {
  if (value === null || value === undefined) return undefined
  const { noMeaning } = metaOf(schema)
  if (noMeaning !== undefined) {
    findings.meaningless.push({ path, reason: noMeaning })
    return undefined
  }
  const node = nodeOf(schema)
  switch (node.kind) {
    case 'section':
      return isMapping(value) ? normaliseSection(node.fields, value, findings, path) : value
    case 'entries':
      return isMapping(value) ? normaliseEntries(node, value, findings, path) : value
    case 'list':
      return Array.isArray(value)
        ? value.map((item, index) => normalise(node.item, item, findings, [...path, index]))
        : value
    case 'boolean':
      return toBoolean(value)
    case 'number':
      return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value
    case 'text':
    case 'choice':
    case 'anything':
      return value
  }
}

/** true/false/1/0/yes/no, in any case. */
function toBoolean(value: unknown): unknown {
  const known = typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : ''
  return Object.hasOwn(BOOLEANS, known) ? BOOLEANS[known] : value
}

function normaliseSection(
  fields: Readonly<Record<string, z.ZodType>>,
  value: Readonly<Record<string, unknown>>,
  findings: Findings,
  path: Path,
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    if (!field) {
      findings.problems.add([...path, key], unknownKey(key, Object.keys(fields)))
      continue
    }
    const normal = normalise(field, item, findings, [...path, key])
    if (normal !== undefined) result[key] = normal
  }
  return result
}

/** An entry without keys is an entry (whose required keys are then missing), not an absent one. */
function normaliseEntries(
  node: Extract<Node, { kind: 'entries' }>,
  value: Readonly<Record<string, unknown>>,
  findings: Findings,
  path: Path,
): Record<string, unknown> {
  const empty = nodeOf(node.value).kind === 'section' ? {} : ''
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, normalise(node.value, item ?? empty, findings, [...path, key])]),
  )
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known)
  return meant === undefined
    ? `is no key here; there are ${known.join(', ')}`
    : `is no key here; did you mean ${meant}?`
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
