/** GitHub's answers, and what is peculiar about them. */
import { describe, expect, it } from 'vitest'
import { startBridge } from '../test-support/recorded-bridge.ts'
import { github, githubBadCredentials, githubErrors } from '../test-support/recordings/github.ts'

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
    expect(idp.asked.map(({ path }) => path)).toEqual(['/login/oauth/access_token', '/user', '/user/emails'])
    expect(idp.asked[0]?.headers.accept).toBe('application/json')
  })

  it('never takes the public e-mail for verified, nor an unverified primary one', async () => {
    const { idp, signIn } = await start()
    idp.script.userinfo = { ...idp.script.userinfo, email: 'boss@example.com' }
    idp.script.answers['/user/emails'] = { status: 404, body: { message: 'Not Found' } }
    const { profile } = await (await signIn()).finished
    expect(profile.email).toBe('boss@example.com')
    expect(profile).not.toHaveProperty('email_verified')
    idp.script.answers['/user/emails'] = { body: [{ email: 'me@example.org', primary: true, verified: false }] }
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

  it('takes organisations for groups where read:org is configured, and not when there may be more of them', async () => {
    const scopes = ['read:user', 'user:email', 'read:org']
    const access = { allow: { groups: ['octo-org'] } }
    const { idp, signIn, failure } = await start({ scopes }, { access })
    expect((await (await signIn()).finished).profile.groups).toEqual(['github', 'octo-org'])
    const many = Array.from({ length: 100 }, (_, index) => ({ login: `org-${index}` }))
    idp.script.answers['/user/orgs?per_page=100'] = { body: many }
    expect(await failure()).toEqual(['user_denied', 'groups_unknown'])
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
