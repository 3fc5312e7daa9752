/**
 * The access rules in force, as one aggregate for the whole deployment: its facts say when the rules of which service became
 * tighter, so that what was issued before is judged anew. Entries are recorded as keyed digests, which nobody without the
 * sealing keys can guess an address from; two sets of them say whether somebody may have lost access.
 *
 * Every replica judges by its own file. Going back to an earlier file is a change like any other: replicas with an old and a
 * new one at worst tell of a tightening twice, which costs clients one refresh, while one that is not told would be a hole.
 */
import type { Decider } from '@gateway/kernel'
import type { AccessRules, People, Rules } from './access.ts'

/** Its id: there is one. */
export const ACCESS = 'access'

export interface DigestedRules {
  /** The sealing key under which the digests were made. */
  readonly key: string
  /** `everywhere` by name, then each service by id, as {@link AccessRules} has them. */
  readonly everywhere: Readonly<Record<string, DigestedRule>>
  readonly services: Readonly<Record<string, DigestedRule>>
  /** What lets people in besides: administrators, trusted e-mails, where groups are read from. */
  readonly permits: readonly string[]
}

interface DigestedRule {
  readonly allow?: readonly string[] | undefined
  readonly deny: readonly string[]
}

export interface AccessRulesEvent {
  readonly type: 'AccessRulesChanged'
  readonly rules: DigestedRules
  /** Ids of the services whose rules became tighter. */
  readonly tightened: readonly string[]
  readonly at: number
}

export interface AccessRulesCommand {
  readonly type: 'ApplyRules'
  readonly rules: DigestedRules
  /** The same rules under the key of those in force, where that key is still there. */
  readonly comparable: DigestedRules
  readonly at: number
}

export interface AppliedRules {
  readonly rules?: DigestedRules | undefined
  readonly tightened: Readonly<Record<string, number>>
}

export const appliedRules: Decider<AppliedRules, AccessRulesCommand, AccessRulesEvent> = {
  initial: { tightened: {} },

  evolve(state, { rules, tightened, at }) {
    return {
      rules,
      tightened: { ...state.tightened, ...Object.fromEntries(tightened.map((service) => [service, at])) },
    }
  },

  decide(state, { rules, comparable, at }) {
    const before = state.rules ?? { ...NO_RULES, key: comparable.key }
    if (before.key === rules.key && isSame(before, rules)) return []
    const services = Object.keys(rules.services)
    const tightened = before.key === comparable.key ? tightenedServices(before, comparable) : services
    return [{ type: 'AccessRulesChanged', rules, tightened, at }]
  },
}

const NO_RULES = { everywhere: {}, services: {}, permits: [] } as const
const NOTHING: DigestedRule = { deny: [] }

/** Services that are new have no tokens yet. */
function isSame(a: DigestedRules, b: DigestedRules): boolean {
  return JSON.stringify(withoutEmpty(a)) === JSON.stringify(withoutEmpty(b))
}

function withoutEmpty({ everywhere, services, permits }: DigestedRules) {
  const telling = (rules: Readonly<Record<string, DigestedRule>>) =>
    Object.entries(rules)
      .filter(([, { allow, deny }]) => allow !== undefined || deny.length > 0)
      .toSorted(([x], [y]) => (x < y ? -1 : 1))
  return { everywhere: telling(everywhere), services: telling(services), permits }
}

function tightenedServices(before: DigestedRules, after: DigestedRules): readonly string[] {
  const names = Object.keys({ ...before.everywhere, ...after.everywhere })
  const everywhere =
    lost(before.permits, after.permits) ||
    names.some((name) => isTighter(before.everywhere[name] ?? NOTHING, after.everywhere[name] ?? NOTHING))
  return Object.keys(after.services).filter(
    (id) => everywhere || isTighter(before.services[id] ?? NOTHING, after.services[id] ?? NOTHING),
  )
}

function isTighter(before: DigestedRule, after: DigestedRule): boolean {
  const narrower = after.allow !== undefined && (before.allow === undefined || lost(before.allow, after.allow))
  return narrower || lost(after.deny, before.deny)
}

const lost = (some: readonly string[], rest: readonly string[]): boolean => some.some((entry) => !rest.includes(entry))

/** `mac`: a keyed digest of a text. `groupClaims`: a group of another claim is another group. */
export function digested(
  rules: AccessRules,
  groupClaims: readonly string[],
  key: string,
  mac: (text: string) => string,
): DigestedRules {
  const digest = (texts: readonly string[]) => texts.map((text) => mac(text).slice(0, 16)).toSorted()
  const rule = ({ allow, deny }: Rules): DigestedRule => ({
    ...(allow ? { allow: digest(entriesOf(allow)) } : {}),
    deny: digest(entriesOf(deny)),
  })
  const each = (named: Readonly<Record<string, Rules>>) =>
    Object.fromEntries(Object.entries(named).map(([name, value]) => [name, rule(value)]))
  const permits = [
    ...entriesOf(rules.admins),
    ...(rules.trustEmail ? ['trust_email'] : []),
    ...(namesGroups(rules) ? [`groups from ${groupClaims.join(' ')}`] : []),
  ]
  return { key, everywhere: each(rules.everywhere), services: each(rules.services), permits: digest(permits) }
}

function namesGroups({ everywhere, services, admins }: AccessRules): boolean {
  const rules = [...Object.values(everywhere), ...Object.values(services)]
  return [admins, ...rules.flatMap(({ allow, deny }) => [deny, ...(allow ? [allow] : [])])].some(
    ({ groups }) => groups.length > 0,
  )
}

function entriesOf({ emails, domains, groups, claims }: People): readonly string[] {
  return [
    ...emails.map((value) => `email ${value}`),
    ...domains.map((value) => `domain ${value}`),
    ...groups.map((value) => `group ${value}`),
    ...Object.entries(claims).flatMap(([name, values]) =>
      values.map((value) => `claim ${JSON.stringify([name, value])}`),
    ),
  ]
}
