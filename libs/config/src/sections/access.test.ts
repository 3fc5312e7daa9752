/** `access`, `mcp_services.<id>.access` and what a provider may be told: shapes, and what is said of wrong ones. */
import { describe, expect, it } from 'vitest'
import { loadText, MINIMAL, problemsOf } from '../fixture.ts'

const withProvider = (id: string, keys: string) => `${MINIMAL}oauth_providers: { ${id}: { client_id: c, ${keys} } }`
const configOf = (yaml: string) => loadText(yaml).config

describe('access', () => {
  it('is open to everybody whom the provider signs in, unless it says otherwise', () => {
    const { access, mcp_services } = configOf(MINIMAL)
    expect(access.allow).toBeUndefined()
    expect(access.deny).toEqual({ emails: [], domains: [], groups: [], claims: {} })
    expect(mcp_services['calculator']?.access.allow).toBeUndefined()
  })

  it('compares e-mails and domains without regard to case', () => {
    const { access } = configOf(`${MINIMAL}access: { allow: { emails: [Ada@Example.COM], domains: ["@Example.org"] } }`)
    expect(access.allow).toMatchObject({ emails: ['ada@example.com'], domains: ['example.org'] })
  })

  it('refuses what could never match, without repeating it', () => {
    const wrong = `${MINIMAL}access: { allow: { emails: [ada], domains: ["*.example.com"], group: [x] } }`
    const problems = problemsOf(wrong).join('\n')
    for (const part of ['access.allow.emails[0]', 'access.allow.domains[0]', 'did you mean groups?']) {
      expect(problems).toContain(part)
    }
  })

  it('has no administrators of a single service', () => {
    const wrong = MINIMAL.replace('auth_required: false', 'auth_required: false, access: { admins: {} }')
    expect(problemsOf(wrong)).toHaveLength(1)
  })
})

describe('a provider', () => {
  it.each([
    ['google', ''],
    ['entra', 'tenant: 8f8f2b1a-0000-4000-8000-000000000001'],
    ['keycloak', 'domain: keycloak.example.com, realm: staff'],
    ['auth0', 'domain: example.eu.auth0.com'],
    ['oidc', 'issuer: "https://idp.example"'],
  ])('%s needs no more than "%s"', (id, keys) => {
    expect(problemsOf(withProvider(id, keys))).toEqual([])
  })

  it.each([
    ['entra', 'tenant'],
    ['auth0', 'domain'],
    ['keycloak', 'realm'],
    ['okta', 'domain (or OKTA_DOMAIN)'],
    ['oidc', 'issuer, or authorization_url'],
  ])('%s without its address is told that it needs %s', (id, missing) => {
    expect(problemsOf(withProvider(id, '')).join('\n')).toContain(`needs ${missing}`)
  })

  it.each([
    ['private_key_jwt', 'private_key'],
    ['tls_client_auth', 'tls_certificate'],
    ['client_secret_basic', 'client_secret'],
  ])('that proves itself by %s needs %s', (method, key) => {
    expect(problemsOf(withProvider('google', `client_authentication: ${method}`)).join()).toContain(`needs ${key}`)
  })

  it('names its claims one by one, or in the order in which they count', () => {
    const { oauth_providers } = configOf(withProvider('google', 'claims: { groups: roles, name: [nickname, name] }'))
    expect(oauth_providers['google']?.claims).toEqual({ groups: ['roles'], name: ['nickname', 'name'] })
  })
})
