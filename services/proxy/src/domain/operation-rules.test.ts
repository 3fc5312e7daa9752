import type { Service } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { lackOf, operationRules } from './operation-rules.ts'

const service = (rules: Partial<Service>): Service => ({
  id: 's',
  name: 'S',
  url: 'http://localhost/mcp',
  auth_required: true,
  scopes: ['read', 'write', 'admin'],
  require_scopes: 'any',
  timeout: 1,
  ...rules,
})
const needsOf = (tools: NonNullable<Service['tools']>, ...names: string[]) =>
  operationRules(service({ tools }))?.needsOf(names.map((name) => ({ kind: 'tools', name })))
const scopesOf = (tools: Record<string, string[]>, ...names: string[]) => needsOf(tools, ...names)?.scopes

describe('the rules of a service', () => {
  it('are none where it has none', () => {
    expect(operationRules(service({}))).toBeUndefined()
    expect(operationRules(service({ tools: {} }))).toBeUndefined()
  })

  it('take the most exact line: the name itself, then the pattern that says most', () => {
    const tools = { '*': ['read'], 'delete_*': ['write'], 'delete_all_*': ['admin'], delete_me: [] }
    expect(scopesOf(tools, 'add')).toEqual(['read'])
    expect(scopesOf(tools, 'delete_x')).toEqual(['write'])
    expect(scopesOf(tools, 'delete_all_x')).toEqual(['admin'])
    expect(scopesOf(tools, 'delete_me')).toEqual([])
  })

  it('take all lines that are equally exact', () => {
    expect(scopesOf({ 'a*': ['read'], '*a': ['write'] }, 'aa')).toEqual(['read', 'write'])
  })

  it('add up over all operations of a request, each scope once', () => {
    expect(scopesOf({ a: ['read'], b: ['read', 'write'] }, 'a', 'b', 'c')).toEqual(['read', 'write'])
  })

  it.each([
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'acd', false],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['**', 'x', true],
    ['A*', 'abc', false],
    ['a.c', 'abc', false],
  ])('match %s with %s: %s', (pattern, name, matches) => {
    expect(scopesOf({ [pattern]: ['read'] }, name)).toEqual(matches ? ['read'] : [])
  })

  it('are walked in linear time', () => {
    expect(scopesOf({ [`${'*a'.repeat(200)}b`]: ['read'] }, 'a'.repeat(100_000))).toEqual([])
  })
})

describe('a rule that names groups', () => {
  const TOOLS = {
    purge: { scopes: ['write'], groups: ['admins', 'owners'] },
    'audit_*': { scopes: [], groups: ['staff'] },
  }
  const lack = (names: readonly string[], scopes: readonly string[], groups: readonly string[]) => {
    const needs = needsOf(TOOLS, ...names) ?? { scopes: [], groups: [] }
    return lackOf(needs, { scopes: new Set(scopes), groups: new Set(groups) })
  }

  it('takes one of them, and all its scopes', () => {
    expect(lack(['purge'], ['write'], ['owners'])).toBeUndefined()
    expect(lack(['purge'], [], ['owners'])).toBe('scope_insufficient')
    expect(lack(['purge'], ['write'], ['staff'])).toBe('group_missing')
  })

  it('says the group first, which no step-up could bring', () => {
    expect(lack(['purge'], [], [])).toBe('group_missing')
  })

  it('adds up over a request: one of each', () => {
    expect(lack(['purge', 'audit_x'], ['write'], ['admins'])).toBe('group_missing')
    expect(lack(['purge', 'audit_x'], ['write'], ['admins', 'staff'])).toBeUndefined()
    expect(lack(['add'], [], [])).toBeUndefined()
  })
})
