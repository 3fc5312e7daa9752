/** The end of what providers gave, each as it wants to be told (RFC 7009 §2.1); GitHub's own way stands in its test. */
import { endUpstreamSession } from '@gateway/contracts'
import { describe, expect, it } from 'vitest'
import { startBridge } from './test-support/recorded-bridge.ts'
import type { Recording } from './test-support/recorded-provider.ts'
import { auth0 } from './test-support/recordings/auth0.ts'
import { entra } from './test-support/recordings/entra.ts'
import { github } from './test-support/recordings/github.ts'
import { google, googleUnknownToken } from './test-support/recordings/google.ts'
import { keycloak } from './test-support/recordings/keycloak.ts'
import { okta } from './test-support/recordings/okta.ts'

const signedIn = async (situation: Parameters<typeof startBridge>[0], tokenAnswer: Record<string, unknown> = {}) => {
  const world = await startBridge(situation)
  const { idp, bridge, signIn } = world
  idp.script.tokenAnswer = { ...idp.script.tokenAnswer, access_token: 'at-1', refresh_token: undefined, ...tokenAnswer }
  const isAdvertised = idp.script.metadata['authorization_response_iss_parameter_supported'] === true
  const { profile } = await (await signIn(isAdvertised ? { iss: idp.issuer } : {})).finished
  const asked = idp.asked.length
  await bridge.ask(endUpstreamSession, { sub: profile.sub, revoke: true })
  return { ...world, sub: profile.sub, told: idp.asked.slice(asked) }
}

const secret = { client_id: 'gateway', client_secret: 'the client secret' }

describe('a token that is no longer wanted', () => {
  it.each<readonly [string, Recording, string]>([
    ['google', google, '/revoke'],
    ['okta', okta, '/oauth2/default/v1/revoke'],
    ['auth0', auth0, '/oauth/revoke'],
    ['keycloak', keycloak, '/realms/staff/protocol/openid-connect/revoke'],
  ])('of %s is ended at the address that it advertises, the refresh token before all', async (id, recording, path) => {
    const { told, people, sub } = await signedIn({ id, recording }, { refresh_token: 'rt-1' })
    expect(told.map((request) => [request.method, request.path])).toEqual([['POST', path]])
    const form = Object.fromEntries(told[0]?.form ?? [])
    expect(form).toEqual({ token: 'rt-1', token_type_hint: 'refresh_token', ...secret })
    expect(await people.tokens(sub)).toBeUndefined()
  })

  it('is the access token where there is no refresh token', async () => {
    const { told } = await signedIn({ id: 'google', recording: google })
    expect(Object.fromEntries(told[0]?.form ?? [])).toMatchObject({ token: 'at-1', token_type_hint: 'access_token' })
  })

  it('of a provider that has no way to end it is forgotten, and nobody is asked', async () => {
    const { told, people, sub } = await signedIn({
      id: 'entra',
      recording: entra,
      keys: ({ origin }) => ({ domain: origin, tenant: 'organizations' }),
    })
    expect(told).toEqual([])
    expect(await people.tokens(sub)).toBeUndefined()
  })

  it('of a custom provider is ended where the operator says', async () => {
    const { told } = await signedIn({
      id: 'corp',
      recording: github,
      keys: ({ origin }) => ({
        authorization_url: `${origin}/login/oauth/authorize`,
        token_url: `${origin}/login/oauth/access_token`,
        userinfo_url: `${origin}/user`,
        revocation_url: `${origin}/revoked`,
      }),
    })
    expect(told.map(({ path, form }) => [path, form.get('token')])).toEqual([['/revoked', 'at-1']])
  })

  it('and was ended before is forgotten all the same, and the words of the provider go nowhere', async () => {
    const world = await startBridge({ id: 'google', recording: google })
    const { sub } = (await (await world.signIn()).finished).profile
    world.idp.script.instead['/revoke'] = googleUnknownToken
    await world.bridge.ask(endUpstreamSession, { sub, revoke: true })
    expect(await world.people.tokens(sub)).toBeUndefined()
    expect(world.log()).toMatch(/"code":"invalid_token".*could not be revoked/)
    expect(world.log()).not.toContain('Token expired or revoked')
  })
})
