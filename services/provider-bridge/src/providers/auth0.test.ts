/** Auth0's answers, and what is peculiar about them. */
import { describe, expect, it } from 'vitest'
import { startBridge } from '../test-support/recorded-bridge.ts'
import { auth0, ROLES } from '../test-support/recordings/auth0.ts'

const start = (keys: Readonly<Record<string, unknown>> = {}, config: Readonly<Record<string, unknown>> = {}) =>
  startBridge({ id: 'auth0', recording: auth0, config, keys: ({ origin }) => ({ domain: origin, ...keys }) })

describe('a sign-in with Auth0', () => {
  it('has an issuer that ends in a slash, and an id with a bar in it', async () => {
    const { signIn } = await start()
    expect((await (await signIn()).finished).profile).toMatchObject({
      sub: 'auth0:google-oauth2|110169484474386276334',
      email: 'ada@example.com',
      email_verified: false,
    })
  })

  it('names an audience where one is configured', async () => {
    const { signIn } = await start({ audience: 'https://api.example.com' })
    expect(new URL((await signIn()).url).searchParams.get('audience')).toBe('https://api.example.com')
    const { signIn: without } = await start()
    expect(new URL((await without()).url).searchParams.has('audience')).toBe(false)
  })

  it('takes groups and rules from claims that are named by URLs', async () => {
    const { signIn } = await start(
      { claims: { groups: ROLES } },
      { access: { allow: { claims: { [ROLES]: ['reader'] } } } },
    )
    expect((await (await signIn()).finished).profile.groups).toEqual(['admin', 'reader'])
  })

  it('counts an unverified e-mail for rules only where the operator trusts it (advisory: unverified e-mail)', async () => {
    const config = { access: { allow: { emails: ['Ada@Example.com'] } } }
    expect(await (await start({}, config)).failure()).toEqual(['user_denied', 'email_unverified'])
    const trusting = await start({ trust_email: true }, config)
    const { profile } = await (await trusting.signIn()).finished
    expect(profile.email_verified).toBe(false)
  })
})
