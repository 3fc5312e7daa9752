import { describe, expect, it } from 'vitest'
import {
  type AccessRules,
  claimsNamed,
  denialOf,
  groupsFor,
  isAdmin,
  type KnownPerson,
  type People,
  type Rules,
} from './access.ts'

const people = (some: Partial<People> = {}): People => ({ emails: [], domains: [], groups: [], claims: {}, ...some })
const rules = (rule: Partial<Rules> = {}, more: Partial<AccessRules> = {}): AccessRules => ({
  everywhere: { gateway: { deny: people(), ...rule } },
  services: {},
  namedGroups: {},
  userTokenServices: [],
  admins: people(),
  trustEmail: false,
  ...more,
})
const allowing = (some: Partial<People>, more: Partial<AccessRules> = {}) => rules({ allow: people(some) }, more)
const denying = (some: Partial<People>, more: Partial<AccessRules> = {}) => rules({ deny: people(some) }, more)

function person(profile: Partial<KnownPerson['profile']> = {}, more: Partial<KnownPerson> = {}): KnownPerson {
  const base = { sub: 'oidc:1', id: '1', provider: 'oidc', email: 'Ada@Example.com', email_verified: true }
  return { profile: { ...base, ...profile }, claims: {}, groupsUnknown: false, ...more }
}

describe('access without rules', () => {
  it('is everybody’s whom the provider signs in', () => {
    expect(denialOf(rules(), person({ email: undefined, email_verified: undefined }))).toBeUndefined()
  })
})

describe('the groups that a token says', () => {
  const named = rules({}, { namedGroups: { calculator: ['admins', 'staff'] } })
  const member = person({ groups: ['staff', 'secret-project'] })

  it('are those that rules of its service name, of those that the person is in, and no others', () => {
    expect(groupsFor(named, member, 'calculator')).toEqual(['staff'])
    expect(groupsFor(named, person(), 'calculator')).toEqual([])
  })

  it('are none, not even said to be none, for a service whose rules name none', () => {
    for (const service of ['other', 'toString', undefined]) expect(groupsFor(named, member, service)).toBeUndefined()
  })
})

describe('what is allowed', () => {
  it('takes one match with an e-mail, a domain, a group or a claim', () => {
    const staff = { emails: ['x@y.example'], domains: ['example.com'], groups: ['staff'], claims: { dept: ['r'] } }
    const stranger = person({ email: 'eve@evil.example' }, { claims: { dept: [] } })
    expect(denialOf(allowing(staff), person())).toBeUndefined()
    expect(denialOf(allowing(staff), stranger)).toBe('not_allowed')
    expect(denialOf(allowing(staff), { ...stranger, claims: { dept: ['r'] } })).toBeUndefined()
    expect(denialOf(allowing(staff), person({ email: 'x@y.example' }))).toBeUndefined()
    expect(
      denialOf(allowing(staff), { ...stranger, profile: { ...stranger.profile, groups: ['staff'] } }),
    ).toBeUndefined()
  })

  it('when it is empty is nobody', () => {
    expect(denialOf(allowing({}), person())).toBe('not_allowed')
  })

  it.each(['example.com.evil.example', 'sub.example.com', 'notexample.com'])(
    'as a domain is exactly it, not %s',
    (host) => {
      expect(denialOf(allowing({ domains: ['example.com'] }), person({ email: `a@${host}` }))).toBe('not_allowed')
    },
  )

  it('as a domain is what stands behind the last @', () => {
    const tricky = person({ email: '"a@example.com"@evil.example' })
    expect(denialOf(allowing({ domains: ['example.com'] }), tricky)).toBe('not_allowed')
  })

  it.each([false, undefined])(
    'counts no e-mail whose email_verified is %s, unless e-mails are trusted',
    (email_verified) => {
      const unsure = person({ email_verified })
      for (const some of [{ emails: ['ada@example.com'] }, { domains: ['example.com'] }]) {
        expect(denialOf(allowing(some), unsure)).toBe('email_unverified')
        expect(denialOf(allowing(some, { trustEmail: true }), unsure)).toBeUndefined()
      }
    },
  )

  it('as a group or a value is compared as it is written', () => {
    expect(denialOf(allowing({ groups: ['Staff'] }), person({ groups: ['staff'] }))).toBe('not_allowed')
    const member = person({}, { claims: { tid: ['A'] } })
    expect(denialOf(allowing({ claims: { tid: ['a'] } }), member)).toBe('not_allowed')
    expect(denialOf(allowing({ claims: { tid: ['*'] } }), member)).toBeUndefined()
    expect(denialOf(allowing({ claims: { tid: ['*'] } }), person({}, { claims: { tid: [] } }))).toBe('not_allowed')
  })
})

describe('a denial', () => {
  it.each([
    ['email_denied', { emails: ['ada@example.com'] }],
    ['domain_denied', { domains: ['example.com'] }],
    ['group_denied', { groups: ['former'] }],
    ['claim_denied', { claims: { status: ['left'] } }],
  ] as const)('wins as %s over everything that is allowed, administrators included', (denial, deny) => {
    const ada = person({ groups: ['former', 'staff'] }, { claims: { status: ['left'] } })
    const both = rules(
      { allow: people({ groups: ['staff'] }), deny: people(deny) },
      { admins: people({ groups: ['staff'] }) },
    )
    expect(denialOf(both, ada)).toBe(denial)
  })

  it('counts an e-mail that is not verified: nobody gets in by leaving it so', () => {
    expect(denialOf(denying({ emails: ['ada@example.com'] }), person({ email_verified: false }))).toBe('email_denied')
  })
})

describe('what is not known', () => {
  it('of groups keeps out, whether they allow or deny', () => {
    const many = person({}, { groupsUnknown: true })
    expect(denialOf(allowing({ groups: ['staff'] }), many)).toBe('groups_unknown')
    expect(denialOf(denying({ groups: ['former'] }), many)).toBe('groups_unknown')
    expect(denialOf(allowing({ groups: ['staff'], domains: ['example.com'] }), many)).toBeUndefined()
    expect(denialOf(denying({ emails: ['x@y.example'] }), many)).toBeUndefined()
  })

  it('of a claim that a new rule names asks for another sign-in', () => {
    expect(denialOf(allowing({ claims: { dept: ['r'] } }), person())).toBe('claims_unknown')
    expect(denialOf(denying({ claims: { dept: ['r'] } }), person())).toBe('claims_unknown')
    expect(denialOf(denying({ claims: { dept: ['r'] } }), person({}, { claims: { dept: [] } }))).toBeUndefined()
    expect(denialOf(allowing({ claims: { constructor: ['r'] } }), person())).toBe('claims_unknown')
  })

  it('is asked for by name at every sign-in', () => {
    const all = rules(
      { allow: people({ claims: { a: ['1'] } }), deny: people({ claims: { b: ['1'], a: ['2'] } }) },
      { services: { s: { deny: people({ claims: { c: ['1'] } }) } }, admins: people({ claims: { d: ['1'] } }) },
    )
    expect(claimsNamed(all)).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd']))
    expect(claimsNamed(all)).toHaveLength(4)
  })
})

describe('the rules of a service', () => {
  const narrow = allowing(
    { domains: ['example.com'] },
    {
      services: { finance: { allow: people({ groups: ['finance'] }), deny: people({ emails: ['cfo@example.com'] }) } },
    },
  )

  it('come on top of those of the gateway', () => {
    expect(denialOf(narrow, person())).toBeUndefined()
    expect(denialOf(narrow, person(), 'finance')).toBe('not_allowed')
    expect(denialOf(narrow, person({ groups: ['finance'] }), 'finance')).toBeUndefined()
    expect(denialOf(narrow, person({ groups: ['finance'], email: 'x@evil.example' }), 'finance')).toBe('not_allowed')
    expect(denialOf(narrow, person({ groups: ['finance'], email: 'cfo@example.com' }), 'finance')).toBe('email_denied')
  })

  it('hold for that service alone', () => {
    expect(denialOf(narrow, person(), 'calculator')).toBeUndefined()
    expect(denialOf(narrow, person(), 'constructor')).toBeUndefined()
  })
})

describe('an administrator', () => {
  it('need not be allowed, so that nobody locks everybody out', () => {
    const locked = allowing({}, { admins: people({ emails: ['ada@example.com'] }) })
    expect(denialOf(locked, person())).toBeUndefined()
    expect(isAdmin(locked, person())).toBe(true)
    expect(isAdmin(locked, person({ email_verified: false }))).toBe(false)
    expect(isAdmin(rules(), person())).toBe(false)
  })
})
