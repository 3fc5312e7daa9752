import { describe, expect, it } from 'vitest'
import { CUSTOM_CLAIMS, OIDC_CLAIMS } from './claims.ts'
import { type ConfiguredProvider, providerSettings } from './provider-settings.ts'

const base: ConfiguredProvider = { client_id: 'c', extra_params: {}, allow_insecure: false }
const explicit = {
  authorization_url: 'https://idp.example/a',
  token_url: 'https://idp.example/t',
  userinfo_url: 'https://idp.example/u',
}

const settings = (id: string, more: Partial<ConfiguredProvider> = {}) => providerSettings(id, { ...base, ...more })

describe('the settings of a provider', () => {
  it('are complete for Google and GitHub with a client id alone', () => {
    const google = settings('google')
    expect(google.problems).toEqual([])
    expect(google.settings).toMatchObject({
      name: 'Google',
      issuer: 'https://accounts.google.com',
      claims: OIDC_CLAIMS,
    })
    const github = settings('github')
    expect(github.problems).toEqual([])
    expect(github.settings.issuer).toBeUndefined()
    expect(github.settings.endpoints.userinfo).toBe('https://api.github.com/user')
  })

  it('of Okta come from its domain, however it is written, or from explicit addresses', () => {
    for (const domain of ['dev-1.okta.com', 'https://dev-1.okta.com/']) {
      expect(settings('okta', { domain }).settings.issuer).toBe('https://dev-1.okta.com')
    }
    const addresses = settings('okta', { ...explicit, domain: 'dev-1.okta.com' })
    expect(addresses).toMatchObject({ problems: [], settings: { issuer: undefined } })
    expect(addresses.settings.scopes).toEqual(['openid', 'email', 'profile'])
  })

  it('of an unknown name are a custom provider under that name, with the claims seen in the wild', () => {
    const { settings: acme, problems } = settings('acme', explicit)
    expect(problems).toEqual([])
    expect(acme).toMatchObject({ id: 'acme', name: 'acme', issuer: undefined, scopes: [], claims: CUSTOM_CLAIMS })
    expect(settings('constructor', explicit).settings.name).toBe('constructor')
  })

  it('let explicit addresses override what is discovered, when there is an issuer', () => {
    const { settings: oidc } = settings('oidc', { issuer: 'https://idp.example', ...explicit })
    expect(oidc).toMatchObject({ issuer: 'https://idp.example', endpoints: { token: 'https://idp.example/t' } })
  })

  it('always ask for openid where an ID token is needed (OpenID Connect Core §3.1.2.1)', () => {
    const issuer = 'https://idp.example'
    expect(settings('oidc', { issuer, scopes: ['email'] }).settings.scopes).toEqual(['openid', 'email'])
    expect(settings('oidc', { issuer }).settings.scopes).toEqual(['openid', 'email', 'profile'])
  })

  it('name what is missing or in the clear', () => {
    expect(settings('oidc').problems).toEqual([expect.stringContaining('needs issuer')])
    const { userinfo_url: _, ...withoutUserinfo } = explicit
    expect(settings('acme', withoutUserinfo).problems).toEqual([expect.stringContaining('userinfo_url')])
    const clear = { issuer: 'http://idp.example' }
    expect(settings('oidc', clear).problems).toEqual([expect.stringContaining('https')])
    expect(settings('oidc', { ...clear, allow_insecure: true }).problems).toEqual([])
    expect(settings('oidc', { issuer: 'http://localhost:8081' }).problems).toEqual([])
    expect(settings('oidc', { issuer: 'ftp://idp.example', allow_insecure: true }).problems).toHaveLength(1)
  })

  it('of Entra come from its tenant, of Keycloak from host and realm, of Auth0 from the domain, slash included', () => {
    expect(settings('entra', { tenant: 'organizations' }).settings).toMatchObject({
      issuer: 'https://login.microsoftonline.com/organizations/v2.0',
      scopes: ['openid', 'email', 'profile', 'offline_access', 'User.Read'],
    })
    const china = { domain: 'login.partner.microsoftonline.cn', tenant: 't' }
    expect(settings('entra', china).settings.issuer).toBe('https://login.partner.microsoftonline.cn/t/v2.0')
    const realm = { domain: 'https://sso.example.com/auth/', realm: 'my staff' }
    expect(settings('keycloak', realm).settings.issuer).toBe('https://sso.example.com/auth/realms/my%20staff')
    expect(settings('auth0', { domain: 'example.eu.auth0.com' }).settings.issuer).toBe('https://example.eu.auth0.com/')
    for (const id of ['entra', 'keycloak', 'auth0', 'okta']) expect(settings(id).problems).toHaveLength(1)
  })

  it.each([
    [
      'github.example.com',
      'https://github.example.com/login/oauth/authorize',
      'https://github.example.com/api/v3/user',
    ],
    ['https://octo.ghe.com/', 'https://octo.ghe.com/login/oauth/authorize', 'https://api.octo.ghe.com/user'],
    [undefined, 'https://github.com/login/oauth/authorize', 'https://api.github.com/user'],
  ])('of GitHub at %s come from the host', (domain, authorization, userinfo) => {
    const { settings: github, problems } = settings('github', { domain })
    expect([problems, github.endpoints.authorization, github.endpoints.userinfo]).toEqual([[], authorization, userinfo])
    expect(github.scopes).toEqual(['read:user', 'user:email'])
  })

  it('find pieces of a profile where the operator says, and the others where they usually are', () => {
    const { claims } = settings('oidc', {
      issuer: 'https://i.example',
      claims: { email_verified: ['ok'], groups: ['a.b'] },
    }).settings
    expect(claims).toEqual({ ...OIDC_CLAIMS, emailVerified: ['ok'], groups: ['a.b'] })
  })

  it('add what a provider wants to be told, which extra_params replace', () => {
    expect(settings('google', { domain: 'example.com' }).settings.extraParams).toEqual({
      access_type: 'offline',
      hd: 'example.com',
    })
    const own = { access_type: 'online' }
    expect(settings('google', { extra_params: own }).settings.extraParams).toEqual(own)
    const audience = 'https://api.example.com'
    expect(settings('auth0', { domain: 'd.example', audience }).settings.extraParams).toEqual({ audience })
  })
})
