import { testConfig } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { catalogueChanges, configuredCatalogue, endpointOf } from './catalogue.ts'

const calculator = { name: 'Calculator', url: 'http://localhost:3001', oauth_provider: 'custom', scopes: ['read'] }
const weather = { name: 'Weather', url: 'http://localhost:3002', oauth_provider: 'custom' }
const catalogueOf = (mcp_services: Record<string, unknown>) => configuredCatalogue(testConfig({ mcp_services }))

describe('the configured catalogue', () => {
  it('holds every service with its defaults, sorted by id', () => {
    const { services } = catalogueOf({ weather, calculator })
    expect(services.map(({ id }) => id)).toEqual(['calculator', 'weather'])
    expect(services[0]).toEqual({
      id: 'calculator',
      name: 'Calculator',
      url: 'http://localhost:3001/mcp',
      auth_required: true,
      oauth_provider: 'custom',
      scopes: ['read'],
      require_scopes: 'any',
      timeout: 30_000,
    })
  })

  it('holds the rules, the audience and the finer timeouts, and nothing of how the gateway is known upstream', () => {
    const tools = { 'delete_*': ['read'] }
    const scope_descriptions = { read: 'See your sums' }
    const upstream = { headers: { 'X-Api-Key': 'hush' } }
    const fine = {
      tools,
      audience: 'calc',
      timeouts: { connect: 5 },
      replicas: ['http://localhost:3003'],
      upstream,
      scope_descriptions,
    }
    const [service] = catalogueOf({ calculator: { ...calculator, ...fine } }).services
    expect(service).toMatchObject({ tools, scope_descriptions, audience: 'calc', timeouts: { connect: 5 } })
    expect(service?.replicas).toEqual(['http://localhost:3003/mcp'])
    expect(JSON.stringify(service)).not.toMatch(/upstream|hush/i)
  })

  it('names the one provider where a protected service names none, and none for a public one', () => {
    const { services } = catalogueOf({
      a: { name: 'A', url: 'http://localhost:1' },
      b: { name: 'B', url: 'http://localhost:2', auth_required: false },
    })
    expect(services.map(({ oauth_provider }) => oauth_provider)).toEqual(['custom', undefined])
  })

  it('has one hash for one meaning: order does not count, values do', () => {
    const { source } = catalogueOf({ calculator, weather })
    expect(catalogueOf({ weather, calculator: { ...calculator, timeout: 30_000 } }).source).toBe(source)
    expect(catalogueOf({ weather, calculator: { ...calculator, timeout: 30_001 } }).source).not.toBe(source)
    expect(catalogueOf({ weather }).source).not.toBe(source)
  })

  it.each([
    ['http://localhost:3001', 'http://localhost:3001/mcp'],
    ['http://localhost:3001/', 'http://localhost:3001/mcp'],
    ['http://localhost:3001/api/v1/mcp', 'http://localhost:3001/api/v1/mcp'],
    ['http://localhost:3001/mcp/', 'http://localhost:3001/mcp/'],
    ['http://localhost:3001?team=a', 'http://localhost:3001/mcp?team=a'],
  ])('has for %s the endpoint %s', (url, endpoint) => {
    expect(endpointOf(url)).toBe(endpoint)
  })
})

describe('catalogue changes', () => {
  it('list what is new or other, and remove what is missing', () => {
    const before = catalogueOf({ calculator, weather }).services
    const after = catalogueOf({ calculator: { ...calculator, name: 'Abacus' }, clock: weather })
    expect(catalogueChanges(before, after)).toEqual([
      { id: 'calculator', command: { type: 'ListService', service: after.services[0], source: after.source } },
      { id: 'clock', command: { type: 'ListService', service: after.services[1], source: after.source } },
      { id: 'weather', command: { type: 'RemoveService', source: after.source } },
    ])
  })

  it('are none for a catalogue that is listed already', () => {
    const catalogue = catalogueOf({ calculator, weather })
    expect(catalogueChanges(catalogue.services, catalogue)).toEqual([])
  })
})
