/** Keycloak's answers, and what is peculiar about them. */
import { describe, expect, it } from 'vitest'
import { startBridge } from '../test-support/recorded-bridge.ts'
import { keycloak } from '../test-support/recordings/keycloak.ts'

const TOKEN = '/realms/staff/protocol/openid-connect/token'
const start = (keys: Readonly<Record<string, unknown>> = {}) =>
  startBridge({
    id: 'keycloak',
    recording: keycloak,
    keys: ({ origin }) => ({ domain: origin, realm: 'staff', ...keys }),
  })

describe('a sign-in with Keycloak', () => {
  it('is one of its realm, with the groups of a mapper', async () => {
    const { idp, signIn, failure } = await start()
    const { profile } = await (await signIn({ iss: idp.issuer })).finished
    expect(profile).toMatchObject({
      sub: 'keycloak:f2c3a6f0-0f6c-4b0e-9c2f-3f0d6a5e8b11',
      groups: ['/staff', '/staff/research'],
    })
    expect(await failure({ iss: `${idp.origin}/realms/guests` })).toEqual(['login_failed', 'answer_invalid'])
    expect(await failure()).toEqual(['login_failed', 'answer_invalid'])
  })

  it('takes roles for groups from inside an object', async () => {
    const { idp, signIn } = await start({ claims: { groups: 'realm_access.roles' } })
    const { profile } = await (await signIn({ iss: idp.issuer })).finished
    expect(profile.groups).toEqual(['offline_access', 'researcher'])
  })
})

describe('a Keycloak user whose sign-on session has ended', () => {
  it('is not signed out of the gateway by that: a refresh token past its end says nothing (pain-2)', async () => {
    const { idp, deps, bridge, signIn } = await start()
    const { profile, auth_time } = await (await signIn({ iss: idp.issuer })).finished
    deps.clock.advance(1_800_000)
    expect(await bridge.check(profile.sub, auth_time)).toEqual({ profile })
    expect(idp.count(TOKEN)).toBe(1)
  })

  it('with offline_access is asked after, for as long as it takes: 0 is no end', async () => {
    const { idp, deps, bridge, signIn } = await start({ scopes: ['openid', 'offline_access'] })
    idp.script.tokenAnswer = { ...idp.script.tokenAnswer, refresh_expires_in: 0, refresh_token: 'offline' }
    idp.script.refreshToken = 'offline'
    const { profile, auth_time } = await (await signIn({ iss: idp.issuer })).finished
    deps.clock.advance(30 * 86_400_000)
    expect(await bridge.check(profile.sub, auth_time)).toEqual({ profile })
    expect(idp.count(TOKEN)).toBe(2)
    idp.script.refreshToken = undefined
    deps.clock.advance(3_600_000)
    await expect(bridge.check(profile.sub, auth_time)).rejects.toMatchObject({ code: 'sign_in_required' })
  })
})
