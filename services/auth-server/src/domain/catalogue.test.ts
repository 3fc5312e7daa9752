import type { StoredMessage } from '@gateway/bus'
import type { Service, ServiceState } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { createCatalogue } from './catalogue.ts'

const service: Service = {
  id: 'calculator',
  name: 'Calculator',
  url: 'http://10.0.0.1/mcp',
  auth_required: true,
  scopes: ['read'],
  require_scopes: 'any',
  timeout: 1,
}
const message = (key: string, state: ServiceState | undefined, version = 1): StoredMessage => ({
  subject: `evt.registry.service.${key}`,
  sequence: 1,
  id: 'r.0',
  time: 0,
  data: state && { id: 'r.0', version, at: 0, actor: 'operator', events: [], stateVersion: 1, state },
})
const listed = (changes: Partial<Service> = {}) =>
  message(changes.id ?? 'calculator', { status: 'listed', service: { ...service, ...changes }, source: 's' })

describe('the catalogue', () => {
  it('knows what is listed, as it was listed last', () => {
    const catalogue = createCatalogue('https://gateway.example')
    catalogue.apply(listed())
    catalogue.apply(listed({ name: 'Abacus' }))
    expect(catalogue.get('calculator')?.name).toBe('Abacus')
  })

  it('forgets what is removed, and everything when the stream is another one', () => {
    const catalogue = createCatalogue('https://gateway.example')
    catalogue.apply(listed())
    catalogue.apply(message('calculator', { status: 'removed', id: 'calculator', source: 's' }))
    expect(catalogue.get('calculator')).toBeUndefined()
    catalogue.apply(listed())
    catalogue.reset()
    expect(catalogue.protected()).toEqual([])
  })

  it('keeps the words for scopes, and reads facts of before there were any', () => {
    const catalogue = createCatalogue('https://gateway.example')
    catalogue.apply(listed())
    expect(catalogue.get('calculator')).toEqual(service)
    catalogue.apply(listed({ scope_descriptions: { read: 'See your sums' } }))
    expect(catalogue.get('calculator')?.scope_descriptions).toEqual({ read: 'See your sums' })
  })

  it('says when it missed a fact, and only then', () => {
    const gaps: string[] = []
    const catalogue = createCatalogue('https://gateway.example', (subject) => gaps.push(subject))
    const removed: ServiceState = { status: 'removed', id: 'calculator', source: 's' }
    catalogue.apply(message('calculator', removed, 1))
    catalogue.apply(message('calculator', removed, 2))
    expect(gaps).toEqual([])
    catalogue.apply(message('calculator', removed, 4))
    expect(gaps).toEqual(['evt.registry.service.calculator'])
    catalogue.reset()
    catalogue.apply(message('calculator', removed, 1))
    expect(gaps).toHaveLength(1)
  })

  it('does not mind what it cannot read', () => {
    const catalogue = createCatalogue('https://gateway.example')
    catalogue.apply(listed())
    catalogue.apply(message('calculator', undefined))
    catalogue.apply({ ...listed(), data: { ...(listed().data as object), state: { status: 'new kind' } } })
    expect(catalogue.get('calculator')).toBeDefined()
  })

  it.each([
    'https://gateway.example/calculator/mcp',
    'https://gateway.example/calculator/mcp/',
    'HTTPS://Gateway.Example:443/calculator/mcp',
  ])('finds the service by its resource in the spelling %s (pain-6)', (uri) => {
    const catalogue = createCatalogue('https://gateway.example')
    catalogue.apply(listed())
    expect(catalogue.byResource(uri)?.id).toBe('calculator')
  })

  it.each([
    ['a parent', 'https://gateway.example/calculator'],
    ['the origin', 'https://gateway.example'],
    ['a sibling prefix', 'https://gateway.example/calculator/mcp2'],
    ['a child', 'https://gateway.example/calculator/mcp/x'],
    ['a fragment', 'https://gateway.example/calculator/mcp#x'],
    ['another case of the path', 'https://gateway.example/Calculator/mcp'],
    ['another host', 'https://evil.example/calculator/mcp'],
    ['no URI', 'calculator'],
  ])('finds none by %s (advisory: token for another resource)', (_, uri) => {
    const catalogue = createCatalogue('https://gateway.example')
    catalogue.apply(listed())
    expect(catalogue.byResource(uri)).toBeUndefined()
  })

  it('has no resource for a public service', () => {
    const catalogue = createCatalogue('https://gateway.example')
    catalogue.apply(listed({ id: 'open', auth_required: false }))
    expect(catalogue.byResource('https://gateway.example/open/mcp')).toBeUndefined()
    expect(catalogue.get('open')).toBeDefined()
  })
})
