/** Google's answers, and what is peculiar about them. */
import { describe, expect, it } from 'vitest'
import { refusalOf } from '../test-support/bridge.ts'
import { startBridge } from '../test-support/recorded-bridge.ts'
import { google } from '../test-support/recordings/google.ts'

const start = (keys: Readonly<Record<string, unknown>> = {}) =>
  startBridge({ id: 'google', recording: google, keys: (idp) => ({ issuer: idp.issuer, ...keys }) })

describe('a sign-in with Google', () => {
  it('brings the whole profile, and asks for a refresh token', async () => {
    const { signIn } = await start()
    const { url, finished } = await signIn()
    expect(new URL(url).searchParams.get('access_type')).toBe('offline')
    expect((await finished).profile).toEqual({
      sub: 'google:110169484474386276334',
      id: '110169484474386276334',
      provider: 'google',
      email: 'ada@example.com',
      email_verified: true,
      name: 'Ada Lovelace',
      picture: 'https://lh3.googleusercontent.com/a/ada=s96-c',
    })
  })

  it.each([
    { domain: 'example.com' },
    { domain: 'Example.com' },
    { extra_params: { hd: 'example.com' } },
    { domain: '*' },
  ])('keeps to the Workspace of %j by the claim hd, since the parameter only preselects', async (keys) => {
    const { idp, signIn, failure } = await start(keys)
    const { url, finished } = await signIn()
    expect(new URL(url).searchParams.has('hd')).toBe(true)
    expect(await refusalOf(finished)).toBeUndefined()
    for (const hd of [undefined, 'other.example']) {
      idp.script.idToken = { ...idp.script.idToken, hd }
      idp.script.userinfo = { ...idp.script.userinfo, hd }
      expect(await failure()).toEqual(
        hd && 'domain' in keys && keys.domain === '*' ? [undefined, undefined] : ['user_denied', 'not_allowed'],
      )
    }
  })

  it('is open to everybody with an account unless a rule says otherwise, which is said at start', async () => {
    const open = await start()
    expect(open.log()).toContain('everybody with a Google account')
    expect((await start({ domain: 'example.com' })).log()).not.toContain('everybody')
    const config = { access: { allow: { emails: ['ada@example.com'] } } }
    const closed = await startBridge({ id: 'google', recording: google, config })
    expect(closed.log()).not.toContain('everybody')
  })
})
