import { testConfig } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { configuredClients } from './configured-client.ts'

const redirect_uris = ['https://app.example/cb']
const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }
const of = (clients: Record<string, unknown>) => configuredClients(testConfig({ clients }).clients, ['myapp'])

describe('a configured client', () => {
  it('has its defaults: the code and refresh tokens, and the method of what it has', () => {
    const { clients, problems } = of({
      open: { redirect_uris },
      secret: {
        redirect_uris,
        client_secret: 'a secret of the tests',
        client_name: 'Secret',
        scope: ['read', 'write'],
      },
      keys: { grant_types: ['client_credentials'], jwks: { keys: [jwk] } },
    })
    expect(problems).toEqual([])
    expect(clients.get('open')?.client).toEqual({
      client_id: 'open',
      origin: 'configured',
      registered_at: 0,
      metadata: {
        client_name: 'open',
        redirect_uris,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        application_type: 'web',
      },
    })
    expect(clients.get('secret')?.client.metadata).toMatchObject({
      client_name: 'Secret',
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'read write',
    })
    expect(clients.get('keys')?.client.metadata).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      response_types: [],
      jwks: { keys: [jwk] },
    })
  })

  it('may be named by the URL of its document, and use a scheme that the operator allows', () => {
    expect(of({ 'https://claude.ai/oauth/x': { redirect_uris: ['myapp:/cb'] } }).problems).toEqual([])
  })

  it.each([
    [{ 'with space': { redirect_uris } }, 'clients.with space: a client id is'],
    [{ 'a:b': { redirect_uris } }, 'clients.a:b: a client id is'],
    [{ a: { redirect_uris: ['https://ok.example/', 'javascript:x'] } }, 'clients.a.redirect_uris[1]: scheme'],
    [{ a: { redirect_uris: ['other:/cb'] } }, 'clients.a.redirect_uris[0]: scheme'],
    [{ a: { redirect_uris, jwks: { keys: [{ ...jwk, d: 'd' }] } } }, 'clients.a.jwks: holds no public key'],
    [{ a: { redirect_uris, jwks: {} } }, 'clients.a.jwks: holds no public key'],
  ])('is told about when it is wrong: %j', (clients, problem) => {
    const { problems } = of(clients)
    expect(problems).toEqual([expect.stringContaining(problem)])
  })
})
