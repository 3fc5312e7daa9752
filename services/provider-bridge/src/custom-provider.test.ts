/** A provider of no standard: OAuth 2.0 with a userinfo address, as the configuration of the predecessor describes it. */

import type { App } from '@gateway/service'
import { encrypted, namespaced } from '@gateway/store'
import { type TestDeps, testConfig, testDeps } from '@gateway/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { People } from './people.ts'
import { callers, lastCommit, refusalOf } from './test-support/bridge.ts'
import { type ScriptedProvider, startScriptedProvider } from './test-support/scripted-provider.ts'

let idp: ScriptedProvider
let deps: TestDeps
let app: App
let bridge: ReturnType<typeof callers>

beforeEach(async () => {
  idp = await startScriptedProvider()
  const acme = {
    client_id: 'gateway',
    client_secret: 's',
    authorization_url: `${idp.url}/authorize`,
    token_url: `${idp.url}/token`,
    userinfo_url: `${idp.url}/userinfo`,
    scopes: ['profile'],
    extra_params: { access_type: 'offline' },
  }
  deps = await testDeps({ config: testConfig({ oauth_providers: { acme }, mcp_services: {} }) })
  app = await createApp(deps)
  await app.start()
  bridge = callers(deps.bus, deps.clock)
})
afterEach(async () => {
  await app.stop()
  await idp.close()
})

async function signIn() {
  const { url, login, state } = await bridge.begin()
  return { url, state, finished: bridge.finish(login, idp.authorize(url)) }
}

const held = () => {
  const store = encrypted(namespaced(deps.store, 'provider-bridge'), deps.keyring, 'provider-bridge')
  return new People(store, 1).tokens('acme:7').then((tokens) => tokens?.value)
}

describe('a custom provider', () => {
  it('needs no discovery, gets PKCE, state and nonce all the same, and says by userinfo who it is', async () => {
    idp.script.userinfo = { id: 7, username: 'seven', email: 'seven@example.com', avatar_url: 'https://a.example/7' }
    const { url, finished } = await signIn()
    const query = new URL(url).searchParams
    for (const name of ['code_challenge', 'nonce', 'state']) expect(query.get(name)).not.toBe('')
    expect(query.get('scope')).toBe('profile')
    expect(query.get('access_type')).toBe('offline')
    const { profile } = await finished
    expect(profile).toEqual({
      sub: 'acme:7',
      id: '7',
      provider: 'acme',
      name: 'seven',
      email: 'seven@example.com',
      picture: 'https://a.example/7',
    })
    expect(idp.asked).toEqual(['POST /token', 'GET /userinfo'])
    expect(idp.form.get('client_secret')).toBe('s')
  })

  it('without a usable id fails the login, whoever it is (original-28)', async () => {
    for (const userinfo of [{ name: 'A' }, { id: '' }, { id: null, sub: ' ' }]) {
      idp.script.userinfo = userinfo
      const { state, finished } = await signIn()
      expect(await refusalOf(finished)).toBe('login_failed')
      expect(await lastCommit(deps.bus, 'login', state)).toMatchObject({ events: [{ reason: 'no_id' }] })
    }
  })

  it('is not believed an ID token that nobody could verify, nor an issuer that nothing is known of', async () => {
    idp.script.userinfo = { id: 7 }
    idp.script.idToken = { iss: 'https://evil.example', sub: 'somebody-else' }
    expect((await (await signIn()).finished).profile.id).toBe('7')
  })

  it.each([
    [
      'answers 200 with an error, as GitHub does',
      'token',
      { body: { error: 'bad_verification_code' } },
      'provider_error',
    ],
    ['refuses its own token', 'userinfo', { status: 403, body: {} }, 'provider_error'],
    ['answers with a list', 'userinfo', { body: [1] }, 'answer_invalid'],
    ['answers with a page', 'userinfo', { body: '<html>' }, 'answer_invalid'],
    ['redirects', 'userinfo', { status: 302, body: {} }, 'provider_error'],
  ] as const)('that %s fails the login', async (_name, route, answer, reason) => {
    idp.script.instead[route] = answer
    const { state, finished } = await signIn()
    expect(await refusalOf(finished)).toBe('login_failed')
    expect(await lastCommit(deps.bus, 'login', state)).toMatchObject({ events: [{ reason }] })
  })

  it('keeps its tokens, and a refresh token that is not sent again stays the one it was (pain-13)', async () => {
    idp.script.userinfo = { id: 7 }
    idp.script.tokens = { access_token: 'a1', refresh_token: 'r1' }
    await (await signIn()).finished
    const expires_at = deps.clock() + 60_000
    expect(await held()).toMatchObject({ access_token: 'a1', refresh_token: 'r1', expires_at })
    idp.script.tokens = { access_token: 'a2' }
    await (await signIn()).finished
    expect(await held()).toMatchObject({ access_token: 'a2', refresh_token: 'r1' })
    idp.script.tokens = { access_token: 'a3', refresh_token: 'r3' }
    await (await signIn()).finished
    expect(await held()).toMatchObject({ access_token: 'a3', refresh_token: 'r3' })
  })
})
