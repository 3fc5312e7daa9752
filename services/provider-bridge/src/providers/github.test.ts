/** GitHub's answers, and what is peculiar about them. */

import { endUpstreamSession } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { providerSettings } from '../domain/provider-settings.ts'
import { startBridge } from '../test-support/recorded-bridge.ts'
import type { RecordedProvider } from '../test-support/recorded-provider.ts'
import {
  github,
  githubBadCredentials,
  githubErrors,
  githubSsoRequired,
  githubUnknownToken,
  organisationsPage,
} from '../test-support/recordings/github.ts'

const start = (keys: Readonly<Record<string, unknown>> = {}, config: Readonly<Record<string, unknown>> = {}) =>
  startBridge({
    id: 'github',
    recording: github,
    config,
    keys: ({ origin }) => ({
      authorization_url: `${origin}/login/oauth/authorize`,
      token_url: `${origin}/login/oauth/access_token`,
      userinfo_url: `${origin}/user`,
      ...keys,
    }),
  })

const HOUR = 3_600_000
const EMAILS = '/user/emails?per_page=100'
const READ_ORG = ['read:user', 'user:email', 'read:org']

function listed(idp: RecordedProvider, pages: number): void {
  for (let page = 1; page <= pages; page++) {
    const [path, answer] = organisationsPage(idp.origin, page, pages)
    idp.script.answers[path] = answer
  }
}

describe('a sign-in with GitHub', () => {
  it('without a public e-mail brings the primary one and whether it is verified (advisory: unverified e-mail)', async () => {
    const { idp, signIn } = await start()
    expect((await (await signIn()).finished).profile).toEqual({
      sub: 'github:583231',
      id: '583231',
      provider: 'github',
      email: 'octocat@example.com',
      email_verified: true,
      name: 'The Octocat',
      picture: 'https://avatars.githubusercontent.com/u/583231?v=4',
    })
    expect(idp.asked.map(({ path }) => path)).toEqual(['/login/oauth/access_token', '/user', EMAILS])
    expect(idp.asked[0]?.headers.accept).toBe('application/json')
  })

  it('never takes the public e-mail for verified, nor an unverified primary one', async () => {
    const { idp, signIn } = await start()
    idp.script.userinfo = { ...idp.script.userinfo, email: 'boss@example.com' }
    idp.script.answers[EMAILS] = { status: 404, body: { message: 'Not Found' } }
    const { profile } = await (await signIn()).finished
    expect(profile.email).toBe('boss@example.com')
    expect(profile).not.toHaveProperty('email_verified')
    idp.script.answers[EMAILS] = { body: [{ email: 'me@example.org', primary: true, verified: false }] }
    expect((await (await signIn()).finished).profile).toMatchObject({ email: 'me@example.org', email_verified: false })
  })

  it.each([
    ['a code that was used', githubErrors.code, 'code_refused'],
    ['another error', githubErrors.secret, 'provider_error'],
  ])('answered 200 with %s fails', async (_name, answer, reason) => {
    const { idp, failure, log } = await start()
    idp.script.instead['/login/oauth/access_token'] = answer
    expect(await failure()).toEqual(['login_failed', reason])
    expect(log()).not.toMatch(/incorrect\b.*\bexpired|passed/)
  })

  it('takes organisations and teams for groups where read:org is configured', async () => {
    const { signIn } = await start({ scopes: READ_ORG }, { access: { allow: { groups: ['octo-org/justice-league'] } } })
    const { profile } = await (await signIn()).finished
    expect(profile.groups).toEqual(['github', 'octo-org', 'octo-org/justice-league'])
  })

  it('reads every page of somebody in hundreds of organisations, and no more than ten', async () => {
    const { idp, signIn, failure } = await start({ scopes: READ_ORG }, { access: { deny: { groups: ['banned'] } } })
    listed(idp, 10)
    const { profile } = await (await signIn()).finished
    expect(profile.groups).toHaveLength(9 * 100 + 7 + 1)
    expect(profile.groups).toContain('org-10-6')
    expect(idp.count('/user/583231/orgs')).toBe(9)
    listed(idp, 11)
    expect(await failure()).toEqual(['user_denied', 'groups_unknown'])
    expect(idp.count('/user/583231/orgs')).toBe(18)
  })

  it.each([
    ['the first page', 1],
    ['a later one', 2],
  ])('keeps people out of what groups decide where GitHub refuses %s', async (_name, page) => {
    const { idp, failure } = await start({ scopes: READ_ORG }, { access: { deny: { groups: ['banned'] } } })
    listed(idp, 2)
    const [path] = organisationsPage(idp.origin, page, 2)
    idp.script.answers[path] = githubSsoRequired
    expect(await failure()).toEqual(['user_denied', 'groups_unknown'])
  })

  it('shows the access token to no other server, whatever a list calls its next page (SSRF)', async () => {
    const elsewhere = await start({ scopes: READ_ORG })
    const { idp, failure } = await start({ scopes: READ_ORG }, { access: { allow: { groups: ['banned'] } } })
    const [path, { body }] = organisationsPage(elsewhere.idp.origin, 1, 2)
    const [next] = organisationsPage(elsewhere.idp.origin, 2, 2)
    const link = `<${elsewhere.idp.origin}${next}>; rel="next"`
    idp.script.answers[path] = { headers: { link }, body }
    expect(await failure()).toEqual(['user_denied', 'groups_unknown'])
    expect(elsewhere.idp.asked).toEqual([])
  })
})

describe('a GitHub token that is no longer wanted', () => {
  it('is ended where GitHub ends tokens, with the client’s proof, and forgotten', async () => {
    const { idp, bridge, people, signIn } = await start()
    idp.script.tokenAnswer = { ...idp.script.tokenAnswer, access_token: 'gho_16C7e42F292c6912E7710c838347Ae178B4a' }
    const { sub } = (await (await signIn()).finished).profile
    idp.script.answers['/applications/gateway/token'] = { status: 204 }
    await bridge.ask(endUpstreamSession, { sub, revoke: true })
    const { method, path, text, headers } = idp.asked.at(-1) ?? {}
    expect([method, path, text]).toEqual([
      'DELETE',
      '/applications/gateway/token',
      '{"access_token":"gho_16C7e42F292c6912E7710c838347Ae178B4a"}',
    ])
    expect(headers).toMatchObject({
      accept: 'application/vnd.github+json',
      authorization: `Basic ${Buffer.from('gateway:the client secret').toString('base64')}`,
      'content-type': 'application/json',
    })
    expect(await people.tokens(sub)).toBeUndefined()
  })

  it('and that GitHub no longer knows is forgotten all the same, without GitHub’s words', async () => {
    const { idp, bridge, people, signIn, log } = await start()
    const { sub } = (await (await signIn()).finished).profile
    idp.script.answers['/applications/gateway/token'] = githubUnknownToken
    await bridge.ask(endUpstreamSession, { sub, revoke: true })
    expect(await people.tokens(sub)).toBeUndefined()
    expect(log()).toMatch(/status 422.*could not be revoked/)
    expect(log()).not.toContain('Validation Failed')
  })

  it.each([
    ['github.com', 'https://api.github.com/applications/gateway/token'],
    ['acme.ghe.com', 'https://api.acme.ghe.com/applications/gateway/token'],
    ['github.example.com', 'https://github.example.com/api/v3/applications/gateway/token'],
  ])('of %s is ended at its API', (domain, url) => {
    const configured = { client_id: 'gateway', domain, extra_params: {}, allow_insecure: false }
    const { settings } = providerSettings('github', configured)
    const { userinfo = '' } = settings.endpoints
    expect(settings.row.revocation?.(userinfo, { id: 'gateway', secret: 's' }, 't').url).toBe(url)
  })
})

describe('a GitHub user who is checked', () => {
  it('is asked after with the access token that does not end, and stops when it is refused (pain-14, pain-20)', async () => {
    const { idp, deps, bridge, signIn } = await start()
    const { profile, auth_time } = await (await signIn()).finished
    deps.clock.advance(HOUR)
    idp.script.userinfo = { ...idp.script.userinfo, name: 'Mona' }
    expect((await bridge.check(profile.sub, auth_time)).profile.name).toBe('Mona')
    deps.clock.advance(HOUR)
    idp.script.instead['/user'] = githubBadCredentials
    await expect(bridge.check(profile.sub, auth_time)).rejects.toMatchObject({ code: 'sign_in_required' })
  })

  it('of a GitHub App, whose tokens end, is renewed, until GitHub refuses with 200', async () => {
    const { idp, deps, bridge, signIn } = await start()
    const lives = { expires_in: 28_800, refresh_token_expires_in: 15_897_600 }
    idp.script.tokenAnswer = { token_type: 'bearer', scope: '', ...lives, refresh_token: 'ghr_1' }
    idp.script.refreshToken = 'ghr_1'
    const { profile, auth_time } = await (await signIn()).finished
    deps.clock.advance(HOUR)
    expect(await bridge.check(profile.sub, auth_time)).toEqual({ profile })
    expect(idp.count('/login/oauth/access_token')).toBe(2)
    deps.clock.advance(HOUR)
    idp.script.instead['/login/oauth/access_token'] = githubErrors.refreshToken
    await expect(bridge.check(profile.sub, auth_time)).rejects.toMatchObject({ code: 'sign_in_required' })
  })
})
