/** Okta's answers, and what is peculiar about them. */
import { describe, expect, it } from 'vitest'
import { startBridge } from '../test-support/recorded-bridge.ts'
import { okta } from '../test-support/recordings/okta.ts'

describe('a sign-in with Okta', () => {
  it('works with a custom authorization server, written with the domain', async () => {
    const keys = ({ origin }: { origin: string }) => ({ domain: `${origin}/oauth2/default` })
    const { idp, signIn } = await startBridge({ id: 'okta', recording: okta, keys })
    const { url, finished } = await signIn()
    expect(url).toContain(`${idp.origin}/oauth2/default/v1/authorize?`)
    expect((await finished).profile).toMatchObject({
      sub: 'okta:00uid4BxXw6I6TV4m0g3',
      email: 'ada@example.com',
      email_verified: true,
      groups: ['Engineering', 'Everyone'],
    })
  })

  it('works with explicit addresses alone, as in the predecessor’s configuration', async () => {
    const at = (origin: string) => `${origin}/oauth2/default/v1`
    const { idp, signIn } = await startBridge({
      id: 'okta',
      recording: okta,
      keys: ({ origin }) => ({
        authorization_url: `${at(origin)}/authorize`,
        token_url: `${at(origin)}/token`,
        userinfo_url: `${at(origin)}/userinfo`,
      }),
    })
    expect((await (await signIn()).finished).profile.sub).toBe('okta:00uid4BxXw6I6TV4m0g3')
    expect(idp.asked.map(({ path }) => path)).toEqual(['/oauth2/default/v1/token', '/oauth2/default/v1/userinfo'])
  })

  it('is refused when the metadata is that of the organisation’s own server (pain-20)', async () => {
    const { idp, bridge } = await startBridge({ id: 'okta', recording: okta })
    idp.script.metadata['issuer'] = idp.origin
    await expect(bridge.begin()).rejects.toMatchObject({ dependency: 'identity provider' })
  })

  it('is judged by groups, for everybody and for each service', async () => {
    const service = { name: 'F', url: 'http://localhost:1/mcp', access: { allow: { groups: ['Finance'] } } }
    const config = { access: { allow: { groups: ['Engineering'] } }, mcp_services: { finance: service } }
    const { signIn, failure, bridge } = await startBridge({ id: 'okta', recording: okta, config })
    const { profile, auth_time } = await (await signIn()).finished
    expect(await bridge.check(profile.sub, auth_time)).toEqual({ profile })
    const denied = { code: 'user_denied', detail: { rule: 'not_allowed' } }
    await expect(bridge.check(profile.sub, auth_time, 'finance')).rejects.toMatchObject(denied)
    expect(await failure({}, 'finance')).toEqual(['user_denied', 'not_allowed'])
  })
})
