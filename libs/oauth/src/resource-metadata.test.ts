import { describe, expect, it } from 'vitest'
import { protectedResourceMetadata, protectedResourceMetadataUrl } from './resource-metadata.ts'

const ISSUER = 'https://gateway.example.com'

describe("a protected resource's metadata", () => {
  it('names the URL that the user typed and its one authorization server (RFC 9728 §2, R1)', () => {
    const service = { id: 'calculator', name: 'Calculator', scopes: ['read', 'calculate'] }
    expect(protectedResourceMetadata({ issuer: ISSUER, service })).toEqual({
      resource: 'https://gateway.example.com/calculator/mcp',
      authorization_servers: [ISSUER],
      scopes_supported: ['read', 'calculate'],
      bearer_methods_supported: ['header'],
      resource_name: 'Calculator',
    })
  })

  it('lists the scopes that a normal session needs, not the whole catalogue (R11)', () => {
    const service = { id: 'calculator', name: 'Calculator', scopes: ['read', 'calculate'], default_scopes: ['read'] }
    expect(protectedResourceMetadata({ issuer: ISSUER, service })).toMatchObject({ scopes_supported: ['read'] })
  })

  it('leaves out scopes where the service has none (RFC 9728 §2)', () => {
    const service = { id: 'calculator', name: 'Calculator', scopes: [] }
    expect(protectedResourceMetadata({ issuer: ISSUER, service })).not.toHaveProperty('scopes_supported')
  })

  it('stands at the path form (RFC 9728 §3.1, original-15)', () => {
    expect(protectedResourceMetadataUrl(ISSUER, 'calculator')).toBe(
      'https://gateway.example.com/.well-known/oauth-protected-resource/calculator/mcp',
    )
  })
})
