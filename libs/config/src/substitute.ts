/**
 * `${VAR}` and `${VAR:-default}` in values, after parsing, so that a value can never inject YAML (original-25). Unset without
 * a default is a problem that names variable and path; set but empty is the empty string.
 */
import type { Path, Problems } from './problems.ts'

const REFERENCE = /\$\{([^}]*)\}/g
const NAME_AND_DEFAULT = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

export type Lookup = (name: string, path: Path) => string | undefined

/** `value` with every text in it substituted, at any depth. Keys are left alone. */
export function substitute(value: unknown, lookup: Lookup, problems: Problems, path: Path = []): unknown {
  if (typeof value === 'string') return substituteText(value, lookup, problems, path)
  if (Array.isArray(value)) return value.map((item, index) => substitute(item, lookup, problems, [...path, index]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, substitute(item, lookup, problems, [...path, key])]),
  )
}

function substituteText(text: string, lookup: Lookup, problems: Problems, path: Path): string {
  return text.replace(REFERENCE, (_, inner: string) => {
    const [, name, fallback] = NAME_AND_DEFAULT.exec(inner) ?? []
    if (name === undefined) {
      // What stands between the braces might be part of a secret, so it is not repeated.
      problems.add(path, `holds a reference that is none: it must be \${NAME} or \${NAME:-default}`)
      return ''
    }
    const value = lookup(name, path) ?? fallback
    if (value === undefined) {
      problems.add(path, `the environment variable ${name} is not set; set it, or write \${${name}:-default}`)
      return ''
    }
    return value
  })
}
