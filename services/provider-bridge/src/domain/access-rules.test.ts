import { specification } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import type { AccessRules, People, Rules } from './access.ts'
import { type AccessRulesEvent, appliedRules, type DigestedRules, digested } from './access-rules.ts'

const given = specification(appliedRules)
const people = (some: Partial<People> = {}): People => ({ emails: [], domains: [], groups: [], claims: {}, ...some })
const rule = (allow?: Partial<People>, deny: Partial<People> = {}): Rules => ({
  ...(allow ? { allow: people(allow) } : {}),
  deny: people(deny),
})

interface Stated {
  readonly gateway?: Rules
  readonly finance?: Rules
  readonly admins?: Partial<People>
  readonly trustEmail?: boolean
  readonly groups?: readonly string[]
  readonly key?: string
}

/** Two services, `finance` and `calculator`, under a keyed digest that can be read. */
function stated({
  gateway = rule(),
  finance = rule(),
  admins,
  trustEmail = false,
  groups = ['groups'],
  key = 'k1',
}: Stated) {
  const rules: AccessRules = {
    everywhere: { gateway },
    services: { finance, calculator: rule() },
    namedGroups: {},
    userTokenServices: [],
    admins: people(admins),
    trustEmail,
  }
  return digested(rules, groups, key, (text) => `${key}:${text}`)
}

const changed = (rules: DigestedRules, tightened: readonly string[], at = 1): AccessRulesEvent => ({
  type: 'AccessRulesChanged',
  rules,
  tightened,
  at,
})
const apply = (rules: DigestedRules, comparable = rules) => ({ type: 'ApplyRules', rules, comparable, at: 5 }) as const

/** What becomes tighter from one statement to the next. */
function tightened(before: Stated, after: Stated): readonly string[] {
  const events = appliedRules.decide(
    appliedRules.evolve(appliedRules.initial, changed(stated(before), [])),
    apply(stated(after)),
  )
  return events.flatMap((event) => event.tightened)
}

const staff = rule({ emails: ['ada@example.com', 'bob@example.com'] })
const fewer = rule({ emails: ['ada@example.com'] })
const BOTH = ['finance', 'calculator']

describe('the access rules', () => {
  it('are told once, and again when they change', () => {
    given()
      .when(apply(stated({ gateway: staff })))
      .then(changed(stated({ gateway: staff }), BOTH, 5))
    given(changed(stated({ gateway: staff }), BOTH))
      .when(apply(stated({ gateway: staff })))
      .then()
    given(changed(stated({ gateway: fewer }), BOTH))
      .when(apply(stated({ gateway: staff })))
      .then(changed(stated({ gateway: staff }), [], 5))
  })

  it('that say nothing are not told', () => {
    given()
      .when(apply(stated({})))
      .then()
  })

  it('remember of each service when it last became tighter', () => {
    const first = appliedRules.evolve(appliedRules.initial, changed(stated({}), ['finance', 'calculator'], 1))
    expect(appliedRules.evolve(first, changed(stated({}), ['finance'], 7)).tightened).toEqual({
      finance: 7,
      calculator: 1,
    })
  })

  it('hold no address, only keyed digests of bounded size', () => {
    const mac = (text: string) =>
      Buffer.from(`${text}................`).toString('base64url').split('').toReversed().join('')
    const rules = digested(
      {
        everywhere: { gateway: staff },
        services: {},
        namedGroups: {},
        userTokenServices: [],
        admins: people({ emails: ['root@example.com'] }),
        trustEmail: false,
      },
      [],
      'k1',
      mac,
    )
    expect(JSON.stringify(rules)).not.toContain('example.com')
    for (const text of rules.everywhere['gateway']?.allow ?? []) expect(text).toHaveLength(16)
  })
})

describe('rules become tighter', () => {
  it.each<[string, Stated, Stated, readonly string[]]>([
    ['for all, when somebody is no longer allowed', { gateway: staff }, { gateway: fewer }, BOTH],
    ['for all, when only some are allowed at all', {}, { gateway: staff }, BOTH],
    ['for all, when somebody is denied', {}, { gateway: rule(undefined, { domains: ['x.example'] }) }, BOTH],
    ['for all, when there is one administrator fewer', { admins: { groups: ['a'] } }, {}, BOTH],
    ['for all, when e-mails are trusted no more', { trustEmail: true }, {}, BOTH],
    [
      'for all, when groups are read from another claim',
      { gateway: rule({ groups: ['g'] }) },
      { gateway: rule({ groups: ['g'] }), groups: ['roles'] },
      BOTH,
    ],
    ['for one service, when it narrows', {}, { finance: fewer }, ['finance']],
    [
      'for one service, when a claim has another value',
      { finance: rule({ claims: { a: ['1'] } }) },
      { finance: rule({ claims: { a: ['2'] } }) },
      ['finance'],
    ],
  ])('%s', (_name, before, after, services) => {
    expect(tightened(before, after)).toEqual(services)
  })

  it.each<[string, Stated, Stated]>([
    ['somebody more is allowed', { gateway: fewer }, { gateway: staff }],
    ['everybody is allowed', { gateway: staff }, {}],
    ['a denial is lifted', { gateway: rule(undefined, { emails: ['x@y.example'] }) }, {}],
    [
      'the order of a list changes',
      { gateway: staff },
      { gateway: rule({ emails: ['bob@example.com', 'ada@example.com'] }) },
    ],
    [
      'groups are read from another claim and no rule names groups',
      { gateway: staff },
      { gateway: staff, groups: ['roles'] },
    ],
  ])('not when %s', (_name, before, after) => {
    expect(tightened(before, after)).toEqual([])
  })

  it('not when the sealing key changes, as long as the earlier one is there to compare', () => {
    const before = changed(stated({ gateway: staff, key: 'k1' }), BOTH)
    const rules = stated({ gateway: staff, key: 'k2' })
    given(before)
      .when(apply(rules, stated({ gateway: staff, key: 'k1' })))
      .then(changed(rules, [], 5))
    given(before)
      .when(apply(rules))
      .then(changed(rules, BOTH, 5))
  })
})
