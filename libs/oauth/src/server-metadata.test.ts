import { describe, expect, it } from 'vitest'
import { authorizationServerMetadata } from './server-metadata.ts'

const ISSUER = 'https://gateway.example.com'
const metadata = authorizationServerMetadata(ISSUER, { scopes: ['read', 'email', 'read'] })

describe("the authorization server's metadata", () => {
  it('states the issuer exactly (RFC 8414 §3.3, A3)', () => {
    expect(metadata['issuer']).toBe(ISSUER)
  })

  it('holds URLs under the issuer alone (advisory: client-side RCE from authorization_endpoint)', () => {
    const urls = Object.values(metadata).filter((value) => typeof value === 'string' && value !== ISSUER)
    expect(urls).toHaveLength(8)
    for (const url of urls) expect(String(url).startsWith(`${ISSUER}/`)).toBe(true)
  })

  it('offers S256 alone, `none` among the methods, and iss in every response (A2, A9)', () => {
    expect(metadata).toMatchObject({
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      authorization_response_iss_parameter_supported: true,
    })
  })

  it('lists identity scopes, offline_access included, then those of the services, each once (A13)', () => {
    expect(metadata['scopes_supported']).toEqual(['openid', 'profile', 'email', 'offline_access', 'read'])
  })

  it('states how a client may be known, as far as the operator lets it (A4, A8)', () => {
    expect(metadata).toMatchObject({
      client_id_metadata_document_supported: true,
      registration_endpoint: `${ISSUER}/oauth/register`,
    })
    const closed = authorizationServerMetadata(ISSUER, {
      scopes: [],
      metadataDocuments: false,
      dynamicRegistration: false,
    })
    expect(closed).not.toHaveProperty('client_id_metadata_document_supported')
    expect(closed).not.toHaveProperty('registration_endpoint')
  })

  it('lists asymmetric algorithms alone for client assertions (A17, RFC 8414 §2)', () => {
    for (const endpoint of ['token', 'revocation', 'introspection']) {
      const algorithms = metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`] as string[]
      expect(algorithms).toEqual(expect.arrayContaining(['ES256', 'RS256', 'EdDSA']))
      expect(algorithms.filter((name) => /^HS|none/i.test(name))).toEqual([])
    }
  })

  it('has nobody ask about tokens who does not prove himself (RFC 7662 §2.1)', () => {
    expect(metadata['introspection_endpoint_auth_methods_supported']).not.toContain('none')
  })

  it('states languages and signatures as the operator has them', () => {
    const options = { scopes: [], languages: ['en', 'de'], signingAlgorithms: ['RS256'] }
    expect(authorizationServerMetadata(ISSUER, options)).toMatchObject({
      ui_locales_supported: ['en', 'de'],
      id_token_signing_alg_values_supported: ['RS256'],
    })
  })

  it('has what OpenID Connect Discovery §3 requires', () => {
    for (const required of ['jwks_uri', 'subject_types_supported', 'id_token_signing_alg_values_supported'])
      expect(metadata).toHaveProperty(required)
  })

  it('advertises nothing that does not exist (original-14) and no empty list (RFC 8414 §2)', () => {
    for (const absent of [
      'end_session_endpoint',
      'device_authorization_endpoint',
      'require_pushed_authorization_requests',
    ])
      expect(metadata).not.toHaveProperty(absent)
    expect(Object.values(metadata).filter((value) => Array.isArray(value) && value.length === 0)).toEqual([])
  })
})
