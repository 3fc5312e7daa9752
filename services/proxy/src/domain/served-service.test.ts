import { describe, expect, it } from 'vitest'
import { service } from '../test-support/proxy.ts'
import { backendPath, scopesSuffice, servedService } from './served-service.ts'

const listed = service('http://backend:3000')
const metadata = 'resource_metadata="https://g.example/.well-known/oauth-protected-resource/calculator/mcp"'

describe('the challenges of a service', () => {
  const { challenges } = servedService('https://g.example', { ...listed, default_scopes: ['read'] })

  it('name the metadata and what a normal session needs, without an error when no credentials were sent (RFC 6750 §3.1, R2, R3)', () => {
    expect(challenges.none).toBe(`Bearer ${metadata}, scope="read"`)
  })

  it('name all scopes in one go when they did not suffice (R6)', () => {
    expect(challenges.insufficient_scope).toContain('scope="read calculate", error="insufficient_scope"')
  })

  it('never speak of offline_access (R8)', () => {
    expect(Object.values(challenges).join()).not.toContain('offline_access')
  })
})

describe('the scopes of a token', () => {
  it.each<[string[], 'any' | 'all', boolean]>([
    [['read'], 'any', true],
    [['other'], 'any', false],
    [[], 'any', false],
    [['read'], 'all', false],
    [['calculate', 'read', 'x'], 'all', true],
  ])('%j under %s: %s (original-30)', (scopes, require_scopes, suffices) => {
    expect(scopesSuffice({ ...listed, require_scopes }, new Set(scopes))).toBe(suffices)
  })

  it('need not be any for a service without scopes', () => {
    expect(scopesSuffice({ ...listed, scopes: [] }, new Set())).toBe(true)
  })
})

describe("the backend's address", () => {
  const at = (url: string, subPath: string, query?: string) =>
    backendPath(servedService('https://g.example', { ...listed, url }).backend, subPath, query)

  it.each([
    [at('http://b:1/mcp', ''), '/mcp'],
    [at('http://b:1/mcp', '/x/', 'a=1&a=2'), '/mcp/x/?a=1&a=2'],
    [at('http://b:1/mcp/', ''), '/mcp/'],
    [at('http://b:1/mcp/', '/x'), '/mcp/x'],
    [at('http://b:1/mcp', '', ''), '/mcp?'],
    [at('http://b:1/mcp?k=v', '', 'a=1'), '/mcp?k=v&a=1'],
    [at('http://b:1/mcp?k=v', '/x'), '/mcp/x?k=v'],
  ])('%s is %s', (path, expected) => {
    expect(path).toBe(expected)
  })
})
