/** Rules of a service by kind of operation: which scopes a name takes. Compiled once for each catalogue entry. */
import type { Service } from '@gateway/contracts'

const RULED_KINDS = ['tools', 'resources', 'prompts'] as const
export type RuledKind = (typeof RULED_KINDS)[number]

/** Something of a service that is asked for by its name or URI. */
export interface Operation {
  readonly kind: RuledKind
  /** As the request says it. */
  readonly name: string
}

interface Rule {
  readonly matches: (name: string) => boolean
  /** How many characters of it are no `*`; an exact name counts as more than any pattern. */
  readonly exactness: number
  readonly scopes: readonly string[]
}

export interface OperationRules {
  /** Whether this service has rules of this kind at all. */
  has(kind: RuledKind): boolean
  /** All scopes that these operations take, each once; operations that no rule names take none. */
  scopesFor(operations: readonly Operation[]): readonly string[]
}

/** Undefined where there is nothing to judge. */
export function operationRules(service: Service): OperationRules | undefined {
  const compiled = new Map<RuledKind, readonly Rule[]>()
  for (const kind of RULED_KINDS) {
    const rules = Object.entries(service[kind] ?? {}).map(([pattern, scopes]) => compile(pattern, scopes))
    if (rules.length > 0) compiled.set(kind, rules)
  }
  if (compiled.size === 0) return undefined
  return {
    has: (kind) => compiled.has(kind),
    scopesFor: (operations) => [
      ...new Set(operations.flatMap(({ kind, name }) => scopesOf(compiled.get(kind) ?? [], name))),
    ],
  }
}

/** The most exact rule counts; where several are equally exact, all of them. */
function scopesOf(rules: readonly Rule[], name: string): readonly string[] {
  const matching = rules.filter((rule) => rule.matches(name))
  const exactness = Math.max(...matching.map((rule) => rule.exactness))
  return matching.filter((rule) => rule.exactness === exactness).flatMap((rule) => rule.scopes)
}

function compile(pattern: string, scopes: readonly string[]): Rule {
  const parts = pattern.split('*')
  if (parts.length === 1) return { matches: (name) => name === pattern, exactness: Number.POSITIVE_INFINITY, scopes }
  const exactness = pattern.length - parts.length + 1
  return { matches: (name) => matchesParts(parts, name), exactness, scopes }
}

/** Greedy from the left, so that no pattern costs more than a walk along the name. */
function matchesParts(parts: readonly string[], name: string): boolean {
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false
  const end = name.length - last.length
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
