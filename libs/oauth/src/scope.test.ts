import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatScope, grantedScopes, IDENTITY_SCOPES, parseScope } from './scope.ts'

const scopes = fc.uniqueArray(fc.stringMatching(/^[a-z:._-]{1,6}$/), { maxLength: 8 })

describe('a scope', () => {
  it.each([
    ['read write', ['read', 'write']],
    ['  read   read  ', ['read']],
    ['', []],
    ['mcp:tools/call', ['mcp:tools/call']],
  ])('%j is %j (RFC 6749 §3.3)', (text, expected) => {
    expect(parseScope(text)).toEqual(expected)
  })

  it.each(['re"ad', 're\\ad', 'read\twrite', 'read\nwrite', 'lesen-für-alle'])(
    '%j has a character that no scope has (RFC 6749 §3.3)',
    (text) => {
      expect(parseScope(text)).toBeUndefined()
    },
  )

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(scopes, (list) => {
        expect(parseScope(formatScope(list))).toEqual(list)
      }),
    )
  })
})

describe('granted scopes', () => {
  it('are the requested ones that exist', () => {
    expect(grantedScopes({ requested: ['write', 'admin', 'read'], offered: ['read', 'write'] })).toEqual([
      'write',
      'read',
    ])
  })

  it('may be identity scopes on every service', () => {
    expect(grantedScopes({ requested: [...IDENTITY_SCOPES, 'x'], offered: [] })).toEqual([...IDENTITY_SCOPES])
  })

  it('are the defaults, else everything offered, for a client that asks for none', () => {
    expect(grantedScopes({ offered: ['read', 'write'], defaults: ['read'] })).toEqual(['read'])
    expect(grantedScopes({ requested: [], offered: ['read', 'write'] })).toEqual(['read', 'write'])
  })

  it('are empty when nothing that was asked for exists: the caller answers invalid_scope', () => {
    expect(grantedScopes({ requested: ['admin'], offered: ['read'], defaults: ['read'] })).toEqual([])
  })

  it('never exceed what was asked for and what exists, without repeats, and do not shrink further when granted again', () => {
    fc.assert(
      fc.property(scopes, scopes, (requested, offered) => {
        const granted = grantedScopes({ requested: [...requested, ...requested], offered })
        const exists = new Set<string>([...offered, ...IDENTITY_SCOPES])
        const expected = requested.length === 0 ? offered : requested.filter((scope) => exists.has(scope))
        expect(granted).toEqual(expected)
        expect(grantedScopes({ requested: granted, offered: granted, defaults: [] })).toEqual(granted)
      }),
    )
  })
})
