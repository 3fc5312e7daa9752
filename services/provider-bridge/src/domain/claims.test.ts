import { describe, expect, it } from 'vitest'
import { claimAt, textsAt } from './claims.ts'
import { completed, knownPerson } from './known-person.ts'
import { providerSettings } from './provider-settings.ts'

describe('a claim', () => {
  it('is found by its name, dots and all, before a dot leads into an object', () => {
    const claims = { 'https://a.example/roles': ['x'], realm_access: { roles: ['y'] } }
    expect(claimAt(claims, 'https://a.example/roles')).toEqual(['x'])
    expect(claimAt(claims, 'realm_access.roles')).toEqual(['y'])
    for (const name of ['realm_access.none', 'none.roles', 'realm_access.roles.0.x', 'constructor.name']) {
      expect(claimAt(claims, name)).toBeUndefined()
    }
  })

  it('is compared as texts, and what is no text, number or truth value is none', () => {
    expect(textsAt({ a: 'x' }, 'a')).toEqual(['x'])
    expect(textsAt({ a: ['x', 1, true, null, {}, ['y']] }, 'a')).toEqual(['x', '1', 'true'])
    expect(textsAt({ a: null }, 'a')).toEqual([])
  })
})

describe('what is held of a person', () => {
  const { settings } = providerSettings('oidc', {
    client_id: 'c',
    issuer: 'https://idp.example',
    extra_params: {},
    allow_insecure: false,
  })
  const known = (claims: Record<string, unknown>) => knownPerson(settings, { sub: '1', ...claims }, ['dept'])!

  it('is the profile and the claims that rules name, given or not, and no others', () => {
    expect(known({ dept: 'r', shoe_size: 42 }).claims).toEqual({ dept: ['r'] })
    expect(known({}).claims).toEqual({ dept: [] })
  })

  it('takes groups as one text or as a list, without what could rearrange a page', () => {
    expect(known({ groups: 'staff' }).profile.groups).toEqual(['staff'])
    expect(known({ groups: ['b', 'a', 'b', 7, 'x\ny'] }).profile.groups).toEqual(['a', 'b'])
    expect(known({ groups: [] }).profile.groups).toEqual([])
    expect(known({ groups: { a: 1 } }).profile).not.toHaveProperty('groups')
  })

  it('is completed from before by an answer that does not say everything', () => {
    const before = known({ name: 'Ada', dept: 'r', groups: ['staff'] })
    expect(completed(before, known({ name: 'Ada L.' }))).toEqual(
      known({ name: 'Ada L.', dept: 'r', groups: ['staff'] }),
    )
    expect(completed(before, known({ name: 'Ada', dept: 's', groups: [] })).profile.groups).toEqual([])
    const unsure = { ...before, groupsUnknown: true }
    expect(completed(unsure, known({})).groupsUnknown).toBe(true)
    expect(completed(unsure, known({ groups: ['a'] })).groupsUnknown).toBe(false)
  })
})
