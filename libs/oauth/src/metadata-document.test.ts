import { Refusal } from '@gateway/kernel'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientMetadataSchema } from './client-metadata.ts'
import { parseMetadataDocument } from './metadata-document.ts'

const ID = 'https://app.example/client.json'
const document = { client_id: ID, client_name: 'An app', redirect_uris: ['https://app.example/cb'] }
const jwks_uri = 'https://app.example/jwks.json'

const parse = (change: Record<string, unknown>) => parseMetadataDocument({ ...document, ...change }, ID)
function fieldOf(change: Record<string, unknown>): unknown {
  try {
    parse(change)
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error.detail['field'] ?? error.code
    throw error
  }
}

describe('a client metadata document (A5)', () => {
  it('is of a public client when it states no method', () => {
    expect(parse({}).token_endpoint_auth_method).toBe('none')
  })

  it.each<[Record<string, unknown>, string, unknown]>([
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks_uri }, 'private_key_jwt', undefined],
    [{ token_endpoint_auth_methods_supported: ['none'] }, 'none', undefined],
    [{ token_endpoint_auth_methods_supported: ['private_key_jwt', 'none'], jwks_uri }, 'private_key_jwt', 'both'],
    [
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
        jwks_uri,
      },
      'private_key_jwt',
      'both',
    ],
    // Without keys the method is none that it could use.
    [
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      },
      'none',
      undefined,
    ],
  ])('with %j negotiates to %s', (change, method, both) => {
    const metadata = parse(change)
    expect(metadata.token_endpoint_auth_method).toBe(method)
    expect(metadata.token_endpoint_auth_methods_supported).toEqual(both ? ['none', 'private_key_jwt'] : undefined)
    expect(metadata.jwks_uri).toBe(method === 'none' ? undefined : jwks_uri)
  })

  it.each<[Record<string, unknown>, string]>([
    [{ client_id: `${ID}/` }, 'client_id'],
    [{ client_id: ID.toUpperCase() }, 'client_id'],
    [{ client_id: [ID] }, 'client_id'],
    [{ client_secret: '' }, 'client_secret'],
    [{ client_secret_expires_at: null }, 'client_secret_expires_at'],
    [{ client_name: '\u200B' }, 'client_name'],
    [{ token_endpoint_auth_method: 'client_secret_post' }, 'token_endpoint_auth_method'],
    [{ token_endpoint_auth_methods_supported: ['client_secret_basic'] }, 'token_endpoint_auth_method'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://app.example/jwks' }, 'jwks_uri'],
    [{ jwks_uri: 'https://user@app.example/jwks' }, 'jwks_uri'],
    [{ jwks_uri, jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ' }] } }, 'jwks_uri'],
    [{ redirect_uris: undefined }, 'redirect_uris'],
  ])('with %j is refused', (change, field) => {
    expect(fieldOf(change)).toBe(field)
  })

  it.each([undefined, null, 'text', 7, [], [document]])('is not %j', (value) => {
    expect(() => parseMetadataDocument(value, ID)).toThrow(Refusal)
  })

  it('is refused or recorded in the shape of a client, without any secret, whatever was fetched', () => {
    const methods = fc.subarray(['none', 'private_key_jwt', 'client_secret_basic', 'tls_client_auth'])
    const field = fc.oneof(fc.jsonValue(), methods, fc.constantFrom('none', 'private_key_jwt', jwks_uri))
    const names = fc.constantFrom(...Object.keys(clientMetadataSchema.shape), '__proto__', 'client_id')
    fc.assert(
      fc.property(fc.dictionary(names, field), (change) => {
        const code = fieldOf(change)
        if (code !== undefined) return
        const metadata = parse(change)
        expect(clientMetadataSchema.strict().safeParse(metadata).success).toBe(true)
        expect(metadata.token_endpoint_auth_method).toMatch(/^(?:none|private_key_jwt)$/)
        const hasKeys = metadata.jwks !== undefined || metadata.jwks_uri !== undefined
        expect(metadata.token_endpoint_auth_method === 'none' || hasKeys).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
