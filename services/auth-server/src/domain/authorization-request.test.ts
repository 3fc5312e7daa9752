import type { StoredMessage } from '@gateway/bus'
import type { Client, Service } from '@gateway/contracts'
import type { Refusal } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { type AuthorizationRequest, clientIdOf, judge, redirectUriOf } from './authorization-request.ts'
import { createCatalogue } from './catalogue.ts'
import { readParameters } from './parameters.ts'

const issuer = 'https://gateway.example'
const service = (id: string, changes: Partial<Service> = {}): Service => ({
  id,
  name: id,
  url: 'http://10.0.0.1/mcp',
  auth_required: true,
  scopes: ['read', 'write'],
  require_scopes: 'any',
  timeout: 1,
  ...changes,
})

function catalogueOf(...services: readonly Service[]) {
  const catalogue = createCatalogue(issuer)
  for (const one of services) {
    const state = { status: 'listed', service: one, source: 's' }
    const data = { id: 'r.0', version: 1, at: 0, actor: 'operator', events: [], stateVersion: 1, state }
    catalogue.apply({ subject: one.id, sequence: 1, id: 'r.0', time: 0, data } satisfies StoredMessage)
  }
  return catalogue
}

const client: Client = {
  client_id: 'c1',
  origin: 'registered',
  registered_at: 0,
  metadata: {
    client_name: 'App',
    redirect_uris: ['https://app.example/cb'],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    application_type: 'web',
  },
}
const right = {
  response_type: 'code',
  client_id: 'c1',
  redirect_uri: 'https://app.example/cb',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}
type Raw = Record<string, string | string[]>

function judged(changes: Raw, ...services: readonly Service[]): AuthorizationRequest {
  const catalogue = catalogueOf(...(services.length === 0 ? [service('s')] : services))
  return judge(readParameters({ ...right, ...changes }), client, right.redirect_uri, { issuer, catalogue })
}

function refusalOf(act: () => unknown): string | undefined {
  try {
    act()
  } catch (error) {
    return (error as Refusal).code
  }
  return undefined
}

describe('an authorization request', () => {
  it('becomes what the user is asked about', () => {
    expect(judged({ scope: 'read', state: 'xyz', nonce: 'n', resource: `${issuer}/s/mcp` })).toEqual({
      client: { id: 'c1', name: 'App', origin: 'registered' },
      redirect_uri: right.redirect_uri,
      state: 'xyz',
      nonce: 'n',
      service: 's',
      resource: `${issuer}/s/mcp`,
      scopes: ['read'],
      code_challenge: right.code_challenge,
    })
  })

  it.each<[string, Raw]>([
    ['resource_repeated', { resource: ['a', 'b'] }],
    ['parameter_repeated', { state: ['a', 'b'] }],
    ['request_unsupported', { request: 'jwt' }],
    ['request_uri_unsupported', { request_uri: 'urn:x' }],
    ['response_type_missing', { response_type: '' }],
    ['response_type_unsupported', { response_type: 'token' }],
    ['response_type_unsupported', { response_type: 'code id_token' }],
    ['response_mode_unsupported', { response_mode: 'fragment' }],
    ['challenge_missing', { code_challenge: '' }],
    ['challenge_method_unsupported', { code_challenge_method: '' }],
    ['challenge_method_unsupported', { code_challenge_method: 'plain' }],
    ['challenge_method_unsupported', { code_challenge_method: 'S512' }],
    ['challenge_malformed', { code_challenge: 'short' }],
    ['prompt_contradictory', { prompt: 'none login' }],
    ['max_age_malformed', { max_age: '-1' }],
    ['resource_unknown', { resource: 'https://evil.example/s/mcp' }],
    ['resource_unknown', { resource: `${issuer}/s/mcp#fragment` }],
    ['scope_malformed', { scope: 'read "write"' }],
    ['scope_empty', { scope: 'admin' }],
  ])('is refused as %s for %j', (code, wrong) => {
    expect(refusalOf(() => judged(wrong))).toBe(code)
  })

  it('may say what changes nothing', () => {
    expect(
      refusalOf(() => judged({ response_mode: 'query', prompt: 'consent', max_age: '0', unknown: 'x' })),
    ).toBeUndefined()
  })

  it('passes on to the identity provider what concerns it (OpenID Connect Core §3.1.2.1)', () => {
    const asked = judged({ prompt: 'consent login select_account', max_age: '60', login_hint: 'ada' })
    expect(asked).toMatchObject({ prompt: 'login select_account', max_age: 60, login_hint: 'ada' })
  })

  it('means the only protected service when it names none (RFC 8707 §2)', () => {
    expect(judged({}, service('s'), service('open', { auth_required: false })).service).toBe('s')
    expect(refusalOf(() => judged({}, service('s'), service('t')))).toBe('resource_missing')
    expect(refusalOf(() => judged({}, service('open', { auth_required: false })))).toBe('resource_missing')
  })

  it('gets the scopes that exist of those it asks for (original-30)', () => {
    expect(judged({ scope: 'openid read admin offline_access' }).scopes).toEqual(['openid', 'read', 'offline_access'])
  })

  it('gets the default scopes when it asks for none, else all', () => {
    expect(judged({}, service('s', { default_scopes: ['read'] })).scopes).toEqual(['read'])
    expect(judged({}).scopes).toEqual(['read', 'write'])
    expect(judged({}, service('s', { scopes: [] })).scopes).toEqual([])
  })
})

describe('who asks', () => {
  const redirect = (raw: Raw, uris = ['https://app.example/cb']) =>
    redirectUriOf(readParameters(raw), { ...client, metadata: { ...client.metadata, redirect_uris: uris } })

  it('is one client, named once', () => {
    expect(clientIdOf(readParameters({ client_id: 'c1' }))).toBe('c1')
    expect(refusalOf(() => clientIdOf(readParameters({})))).toBe('client_id_missing')
    expect(refusalOf(() => clientIdOf(readParameters({ client_id: ['c1', 'c2'] })))).toBe('client_id_repeated')
  })

  it('is answered at a registered redirect URI alone (original-8, A10)', () => {
    expect(redirect({ redirect_uri: 'https://app.example/cb' })).toBe('https://app.example/cb')
    const wrong = [
      'https://app.example/cb/',
      'https://app.example/cb?x=1',
      'https://evil.example/cb',
      'https://app.example',
    ]
    for (const redirect_uri of wrong)
      expect(refusalOf(() => redirect({ redirect_uri }))).toBe('redirect_uri_unregistered')
  })

  it('may use any port on loopback (pain-8, RFC 8252 §7.3)', () => {
    expect(redirect({ redirect_uri: 'http://localhost:5/cb' }, ['http://localhost/cb'])).toBe('http://localhost:5/cb')
  })

  it('may leave the redirect URI out when it has registered only one (RFC 6749 §3.1.2.3)', () => {
    expect(redirect({})).toBe('https://app.example/cb')
    expect(refusalOf(() => redirect({}, ['https://a.example/', 'https://b.example/']))).toBe('redirect_uri_missing')
    expect(refusalOf(() => redirect({ redirect_uri: ['https://app.example/cb', 'x'] }))).toBe('redirect_uri_repeated')
  })
})
