/** Rules of a service by kind of operation: what a name takes. Compiled once for each catalogue entry. */
import type { OperationRule, Service } from '@gateway/contracts'

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
  /** One of these as well; undefined where it names none. */
  readonly groups: readonly string[] | undefined
}

/** What operations take of whoever asks for them. */
export interface Needs {
  /** All of these, each once. */
  readonly scopes: readonly string[]
  /** Of each of these lists one. */
  readonly groups: readonly (readonly string[])[]
}

/** What a token says that its holder has. */
export interface Held {
  readonly scopes: ReadonlySet<string>
  readonly groups: ReadonlySet<string>
}

export interface OperationRules {
  /** Whether this service has rules of this kind at all. */
  has(kind: RuledKind): boolean
  /** Of all these operations; those that no rule names take nothing. */
  needsOf(operations: readonly Operation[]): Needs
}

/** Undefined where there is nothing to judge. */
export function operationRules(service: Service): OperationRules | undefined {
  const compiled = new Map<RuledKind, readonly Rule[]>()
  for (const kind of RULED_KINDS) {
    const rules = Object.entries(service[kind] ?? {}).map(([pattern, rule]) => compile(pattern, rule))
    if (rules.length > 0) compiled.set(kind, rules)
  }
  if (compiled.size === 0) return undefined
  return {
    has: (kind) => compiled.has(kind),
    needsOf(operations) {
      const rules = operations.flatMap(({ kind, name }) => applying(compiled.get(kind) ?? [], name))
      return {
        scopes: [...new Set(rules.flatMap((rule) => rule.scopes))],
        groups: rules.flatMap((rule) => (rule.groups === undefined ? [] : [rule.groups])),
      }
    },
  }
}

/** What is missing. A group first: no further authorization could bring it, so none may be asked for. */
export function lackOf(needs: Needs, held: Held): 'group_missing' | 'scope_insufficient' | undefined {
  if (!needs.groups.every((groups) => groups.some((group) => held.groups.has(group)))) return 'group_missing'
  return needs.scopes.every((scope) => held.scopes.has(scope)) ? undefined : 'scope_insufficient'
}

/** The most exact rule counts; where several are equally exact, all of them. */
function applying(rules: readonly Rule[], name: string): readonly Rule[] {
  const matching = rules.filter((rule) => rule.matches(name))
  const exactness = Math.max(...matching.map((rule) => rule.exactness))
  return matching.filter((rule) => rule.exactness === exactness)
}

function compile(pattern: string, rule: OperationRule): Rule {
  const takes = 'groups' in rule ? rule : { scopes: rule, groups: undefined }
  const parts = pattern.split('*')
  if (parts.length === 1) return { ...takes, matches: (name) => name === pattern, exactness: Number.POSITIVE_INFINITY }
  const exactness = pattern.length - parts.length + 1
  return { ...takes, matches: (name) => matchesParts(parts, name), exactness }
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
