import { Refusal } from '@gateway/kernel'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientMetadataSchema, parseClientMetadata } from './client-metadata.ts'

const LOOPBACK = 'http://localhost:8080/callback'

function refusalOf(raw: Record<string, unknown>): string | undefined {
  try {
    parseClientMetadata(raw)
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

describe('client metadata', () => {
  it("reads the predecessor's form, word for word, with the defaults of RFC 7591 §2", () => {
    expect(parseClientMetadata({ client_name: 'My MCP Client', redirect_uris: LOOPBACK })).toEqual({
      client_name: 'My MCP Client',
      redirect_uris: [LOOPBACK],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'native',
    })
  })

  it('takes repeated form fields as lists, each value once', () => {
    const uris = [LOOPBACK, 'https://app.example/cb', LOOPBACK]
    const metadata = parseClientMetadata({ redirect_uris: uris, grant_types: ['refresh_token', 'authorization_code'] })
    expect(metadata.redirect_uris).toEqual([LOOPBACK, 'https://app.example/cb'])
    expect(metadata.grant_types).toEqual(['refresh_token', 'authorization_code'])
  })

  it("accepts Cursor's three redirect URIs together, without application_type", () => {
    const redirect_uris = [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ]
    expect(parseClientMetadata({ redirect_uris })).toMatchObject({ redirect_uris, application_type: 'native' })
  })

  it.each([
    [['https://app.example/cb'], 'web'],
    [[LOOPBACK], 'native'],
    [['com.example.app:/cb'], 'native'],
  ])('without application_type and with %j is %s (A14)', (redirect_uris, expected) => {
    expect(parseClientMetadata({ redirect_uris }).application_type).toBe(expected)
  })

  it('of a web client has no loopback redirect URI (OpenID Connect Registration §2, A14)', () => {
    expect(refusalOf({ redirect_uris: [LOOPBACK], application_type: 'web' })).toBe('invalid_redirect_uri')
  })

  it.each<[Record<string, unknown>, string]>([
    [{}, 'missing'],
    [{ redirect_uris: [] }, 'empty'],
    [{ redirect_uris: 7 }, 'no text'],
    [{ redirect_uris: [7] }, 'no text'],
    [{ redirect_uris: ['https://app.example/cb', 'JavaScript:alert(1)'] }, 'one of them dangerous'],
    [{ redirect_uris: Array.from({ length: 21 }, (_, i) => `https://app.example/${i}`) }, 'more than 20'],
  ])('with redirect URIs %j is refused: %s (RFC 7591 §3.2.2)', (raw) => {
    expect(refusalOf(raw)).toBe('invalid_redirect_uri')
  })

  it.each([
    ['token_endpoint_auth_method', 'private_key_jwt'],
    ['token_endpoint_auth_method', 'tls_client_auth'],
    ['token_endpoint_auth_method', ['none']],
    ['grant_types', ['client_credentials']],
    ['grant_types', ['refresh_token']],
    ['response_types', ['token']],
    ['application_type', 'browser'],
    ['client_name', 7],
    ['client_name', 'x'.repeat(201)],
    ['scope', 'with"quote'],
    ['scope', 'x'.repeat(4097)],
    ['software_id', 'x'.repeat(201)],
  ])('with %s %j is refused (RFC 7591 §3.2.2)', (field, value) => {
    expect(refusalOf({ redirect_uris: [LOOPBACK], [field]: value })).toBe('invalid_client_metadata')
  })

  it('records keys only where they are the proof, and never both forms of them (RFC 7591 §2)', () => {
    const jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ' }] }
    const raw = { redirect_uris: [LOOPBACK], jwks, token_endpoint_auth_signing_alg: 'ES256' }
    expect(parseClientMetadata({ ...raw, token_endpoint_auth_method: 'private_key_jwt' })).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks,
    })
    const open = parseClientMetadata({ ...raw, token_endpoint_auth_method: 'none' })
    expect(open).not.toHaveProperty('jwks')
    expect(open).not.toHaveProperty('token_endpoint_auth_signing_alg')
    expect(refusalOf({ ...raw, jwks_uri: 'https://app.example/jwks' })).toBe('invalid_client_metadata')
  })

  it('registers no grant for itself that only the operator may give (A17)', () => {
    const grant_types = ['authorization_code', 'client_credentials']
    expect(parseClientMetadata({ redirect_uris: [LOOPBACK], grant_types }).grant_types).toEqual(['authorization_code'])
  })

  it('may use private-use schemes that the operator adds, and only those', () => {
    const schemes = ['myapp']
    expect(parseClientMetadata({ redirect_uris: ['myapp:/cb'] }, { schemes }).application_type).toBe('native')
    expect(refusalOf({ redirect_uris: ['myapp:/cb'] })).toBe('invalid_redirect_uri')
    expect(() => parseClientMetadata({ redirect_uris: ['other:/cb'] }, { schemes })).toThrow(Refusal)
  })

  it('is bounded in all, since registration is anonymous', () => {
    const redirect_uris = Array.from({ length: 10 }, (_, i) => `https://app.example/${i}${'x'.repeat(900)}`)
    expect(refusalOf({ redirect_uris })).toBe('invalid_client_metadata')
  })

  it('keeps the grants that exist when others are listed too, as VS Code does', () => {
    const grant_types = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code']
    expect(parseClientMetadata({ redirect_uris: [LOOPBACK], grant_types }).grant_types).toEqual([
      'authorization_code',
      'refresh_token',
    ])
  })

  it('ignores unknown fields and drops contacts (RFC 7591 §2)', () => {
    const raw = { redirect_uris: [LOOPBACK], contacts: ['a@example.com'], x: 1, client_id: 'mine', client_secret: 's' }
    const text = JSON.stringify(parseClientMetadata(raw))
    for (const word of ['example.com', 'contacts', 'client_id', 'client_secret"', '"x"'])
      expect(text).not.toContain(word)
  })

  it('reads null as absent', () => {
    expect(parseClientMetadata({ redirect_uris: [LOOPBACK], client_name: null, scope: null })).not.toHaveProperty(
      'scope',
    )
  })

  it('shows no name that hides, reverses or breaks text', () => {
    const metadata = parseClientMetadata({
      redirect_uris: [LOOPBACK],
      client_name: ' Cl\u202Eau\u200Bde\r\n\tDesktop\u0000 ',
    })
    expect(metadata.client_name).toBe('Cl au de Desktop')
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'https://user:pass@app.example/', 'not a url', ''])(
    'leaves out the informational URI %j instead of refusing the client',
    (uri) => {
      const metadata = parseClientMetadata({
        redirect_uris: [LOOPBACK],
        client_uri: uri,
        logo_uri: 'https://app.example/l.png',
      })
      expect(metadata).not.toHaveProperty('client_uri')
      expect(metadata.logo_uri).toBe('https://app.example/l.png')
    },
  )

  it('is either refused with a code of RFC 7591 §3.2.2 or recorded in its own shape, whatever was sent', () => {
    const values = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(LOOPBACK, [LOOPBACK], 'none', ['authorization_code'], 'code'),
    )
    const fields = fc.constantFrom(...Object.keys(clientMetadataSchema.shape), '__proto__', 'contacts')
    fc.assert(
      fc.property(fc.dictionary(fields, values), fc.boolean(), (raw, valid) => {
        const sent = valid ? { ...raw, redirect_uris: [LOOPBACK] } : raw
        const code = refusalOf(sent)
        expect(['invalid_redirect_uri', 'invalid_client_metadata', undefined]).toContain(code)
        expect(code !== undefined || clientMetadataSchema.strict().safeParse(parseClientMetadata(sent)).success).toBe(
          true,
        )
      }),
      { numRuns: 300 },
    )
  })
})
