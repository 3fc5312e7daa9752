/** The parameters of an OAuth request, from a query or a form: each at most once, an empty one as if it were absent (RFC 6749 §3.1). */
import { Refusal } from '@gateway/kernel'

export interface Parameters {
  get(name: string): string | undefined
  entries(): readonly (readonly [string, string])[]
  /** Names that came more than once. */
  readonly repeated: ReadonlySet<string>
}

/** @param raw what the parsers of query and form give: text, or a list of texts where a name is repeated */
export function readParameters(raw: unknown): Parameters {
  const values = new Map<string, string>()
  const repeated = new Set<string>()
  for (const [name, value] of Object.entries(raw ?? {})) {
    if (Array.isArray(value)) repeated.add(name)
    else if (typeof value === 'string' && value !== '') values.set(name, value)
  }
  return { get: (name) => values.get(name), entries: () => [...values], repeated }
}

/** @throws Refusal `parameter_missing` */
export function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined) throw new Refusal('parameter_missing', { name })
  return value
}
