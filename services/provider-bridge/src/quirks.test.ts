/** An OpenID Connect provider that answers wrongly, late or not at all (OpenID Connect Core §3.1.3.7, §5.3.2; RFC 9207). */
import type { App } from '@gateway/service'
import { type TestDeps, testConfig, testDeps } from '@gateway/testing'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { callers, lastCommit, refusalOf } from './test-support/bridge.ts'
import { newKeyPair, type ScriptedProvider, startScriptedProvider } from './test-support/scripted-provider.ts'

let idp: ScriptedProvider
let deps: TestDeps
let app: App
let bridge: ReturnType<typeof callers>
let logged: string[]

async function start(provider: Record<string, unknown> = {}): Promise<void> {
  const oidc = { client_id: 'gateway', client_secret: 'the client secret', issuer: idp.url, ...provider }
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })
  deps = await testDeps({ config: testConfig({ oauth_providers: { oidc }, mcp_services: {} }), log })
  app = await createApp(deps)
  await app.start()
  bridge = callers(deps.bus, deps.clock)
}

beforeEach(async () => {
  logged = []
  idp = await startScriptedProvider()
  await start()
})
afterEach(async () => {
  await app.stop()
  await idp.close()
})

/** One login from its beginning to its end. */
async function signIn(extra: Record<string, string> = {}, wishes: Parameters<typeof bridge.begin>[0] = {}) {
  const { url, login, state } = await bridge.begin(wishes)
  return { state, finished: bridge.finish(login, idp.authorize(url, extra)) }
}

async function failureOf(extra: Record<string, string> = {}) {
  const { state, finished } = await signIn(extra)
  const refusal = await refusalOf(finished)
  const commit = await lastCommit(deps.bus, 'login', state)
  const [event] = (commit?.events ?? []) as { reason?: string }[]
  return [refusal, event?.reason]
}

describe('an ID token', () => {
  it.each([
    ['another nonce', { nonce: 'another' }],
    ['no nonce', { nonce: undefined }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['another audience', { aud: 'another' }],
    ['an end in the past', { exp: 1 }],
    ['no subject', { sub: undefined }],
    ['a beginning in the future', { nbf: Math.floor(Date.now() / 1000) + 3_600 }],
    ['another access token’s hash', { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' }],
  ])('with %s fails the login', async (_name, claims) => {
    idp.script.idToken = claims
    expect(await failureOf()).toEqual(['login_failed', 'answer_invalid'])
  })

  it('may speak of the access token beside it (OpenID Connect Core §3.1.3.8)', async () => {
    idp.script.tokens = { access_token: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y' }
    idp.script.idToken = { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' }
    expect(await failureOf()).toEqual([undefined, undefined])
  })

  it('of a key that the provider does not publish fails the login', async () => {
    idp.script.signingKey = newKeyPair().privateKey
    expect(await failureOf()).toEqual(['login_failed', 'answer_invalid'])
  })

  it('that is missing fails the login', async () => {
    idp.script.tokens = { id_token: undefined }
    expect(await failureOf()).toEqual(['login_failed', 'answer_invalid'])
  })

  it('older than the max_age that was asked for fails the login', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    idp.script.idToken = { auth_time: seconds - 3_600 }
    expect(await refusalOf((await signIn({}, { max_age: 60 })).finished)).toBe('login_failed')
    idp.script.idToken = { auth_time: seconds }
    expect(await refusalOf((await signIn({}, { max_age: 60 })).finished)).toBeUndefined()
  })
})

describe('a callback', () => {
  it('of another issuer fails the login before the code leaves (RFC 9207 §2.4)', async () => {
    expect(await failureOf({ iss: 'https://evil.example' })).toEqual(['login_failed', 'answer_invalid'])
    expect(idp.asked).not.toContain('POST /token')
  })

  it('without the iss that the provider advertises fails the login', async () => {
    const { url, login } = await bridge.begin()
    const query = new URLSearchParams(idp.authorize(url))
    query.delete('iss')
    expect(await refusalOf(bridge.finish(login, query.toString()))).toBe('login_failed')
  })

  it('with an error of the provider is never echoed: not in the refusal, the facts or the log', async () => {
    const words = { error: 'server_error', error_description: '<script>alert(1)</script>' }
    expect(await failureOf(words)).toEqual(['login_failed', 'provider_error'])
    expect(logged.join('')).toContain('"provider_code":"server_error"')
    expect(await failureOf({ ...words, error: 'x"y\n<b>' })).toEqual(['login_failed', 'provider_error'])
    expect(logged.join('')).not.toMatch(/script|<b>/)
  })

  it('sent twice at once signs in once, and the double is told so', async () => {
    const { url, login, state } = await bridge.begin()
    const query = idp.authorize(url)
    const both = await Promise.all([0, 1].map(() => refusalOf(bridge.finish(login, query))))
    expect(both).toContain(undefined)
    expect(both.every((refusal) => refusal === undefined || /^login_(failed|repeated)$/.test(refusal))).toBe(true)
    expect(await lastCommit(deps.bus, 'login', state)).toMatchObject({ events: [{ type: 'LoginSucceeded' }] })
  })

  it('signs in once even where the provider takes a code many times', async () => {
    idp.script.codesForEver = true
    const { url, login } = await bridge.begin()
    const query = idp.authorize(url)
    const all = await Promise.all(Array.from({ length: 10 }, () => refusalOf(bridge.finish(login, query))))
    expect(all.filter((refusal) => refusal === undefined)).toHaveLength(1)
    expect(all.filter((refusal) => refusal === 'login_repeated')).toHaveLength(9)
  })

  it('whose code was redeemed elsewhere fails the login', async () => {
    const { url, login } = await bridge.begin()
    const query = idp.authorize(url).replace(/code=[^&]+/, 'code=stolen')
    expect(await refusalOf(bridge.finish(login, query))).toBe('login_failed')
    expect(logged.join('')).not.toContain('stolen')
  })
})

describe('a userinfo answer', () => {
  it('about somebody else fails the login (OpenID Connect Core §5.3.2)', async () => {
    idp.script.userinfo = { sub: 'u-2', email: 'u2@example.com' }
    expect(await failureOf()).toEqual(['login_failed', 'answer_invalid'])
  })

  it('adds to the ID token, and says when an e-mail is not verified', async () => {
    idp.script.idToken = { name: 'From the token' }
    idp.script.userinfo = { sub: 'u-1', email: 'u1@example.com', email_verified: false }
    const { profile } = await (await signIn()).finished
    expect(profile).toMatchObject({ name: 'From the token', email: 'u1@example.com', email_verified: false })
  })

  it('is not asked for where the provider has none', async () => {
    idp.script.metadata = { userinfo_endpoint: undefined }
    expect((await (await signIn()).finished).profile).toEqual({ sub: 'oidc:u-1', id: 'u-1', provider: 'oidc' })
  })

  it('that changed is counted, and of it nothing is recorded', async () => {
    await (await signIn()).finished
    idp.script.userinfo = { ...idp.script.userinfo, name: 'New Name' }
    await (await signIn()).finished
    const commit = await lastCommit(deps.bus, 'identity', 'oidc:u-1')
    expect(commit).toMatchObject({ version: 2, events: [{ type: 'ProfileChanged', revision: 2 }] })
    expect(JSON.stringify(commit)).not.toContain('New Name')
  })
})

describe('the token request', () => {
  it('sends the secret in the body where the provider takes it there, else in the header (RFC 6749 §2.3.1)', async () => {
    await (await signIn()).finished
    expect(idp.form.get('client_secret')).toBe('the client secret')
    await app.stop()
    idp.script.metadata = { token_endpoint_auth_methods_supported: undefined }
    await start()
    await (await signIn()).finished
    expect(idp.form.has('client_secret')).toBe(false)
    const basic = Buffer.from(idp.authorization!.replace('Basic ', ''), 'base64').toString()
    expect(basic).toBe('gateway:the+client+secret')
  })
})

describe('an outage of the provider', () => {
  it('at the beginning is told as one, is seen by /ready, and is over when it is over', async () => {
    idp.script.instead.discovery = { status: 503, body: {} }
    expect(await refusalOf(bridge.begin())).toBe('unavailable: identity provider')
    expect(app.checks()).toContainEqual(expect.objectContaining({ name: 'identity provider', ok: false }))
    delete idp.script.instead.discovery
    expect(await refusalOf(bridge.begin())).toBeUndefined()
    expect(app.checks()).toContainEqual({ name: 'identity provider', ok: true })
  })

  it.each(['token', 'userinfo', 'jwks'] as const)('at its %s address leaves no failure behind', async (route) => {
    idp.script.instead[route] = { status: 502, body: 'bad gateway' }
    expect(await failureOf()).toEqual(['unavailable: identity provider', undefined])
  })

  it('that is over lets the same callback succeed, if the code was not spent', async () => {
    const { url, login } = await bridge.begin()
    const query = idp.authorize(url)
    idp.script.instead.token = { status: 500, body: {} }
    expect(await refusalOf(bridge.finish(login, query))).toBe('unavailable: identity provider')
    delete idp.script.instead.token
    expect(await refusalOf(bridge.finish(login, query))).toBeUndefined()
  })

  it('does not end a session: a user is checked without the provider', async () => {
    const { profile, auth_time } = await (await signIn()).finished
    await idp.close()
    expect(await bridge.check(profile.sub, auth_time)).toEqual({ profile })
    idp = await startScriptedProvider()
  })
})

describe('what is known of the provider', () => {
  it('is read once an hour, asked for twice when it fails, and outlives a failure to read it anew', async () => {
    const reads = () => idp.asked.filter((request) => request.includes('openid-configuration')).length
    await Promise.all([bridge.begin(), bridge.begin()])
    await bridge.begin()
    expect(reads()).toBe(1)
    deps.clock.advance(60 * 60_000)
    idp.script.instead.discovery = { status: 500, body: {} }
    expect(await refusalOf(bridge.begin())).toBeUndefined()
    expect(reads()).toBe(3)
    await bridge.begin()
    expect(reads()).toBe(3)
  })

  it.each([
    ['of another issuer', { issuer: 'https://evil.example' }],
    ['without a token address', { token_endpoint: undefined }],
    ['with an address in the clear', { token_endpoint: 'http://idp.example/token' }],
  ])('is never metadata %s', async (_name, metadata) => {
    idp.script.metadata = metadata
    expect(await refusalOf(bridge.begin())).toBe('unavailable: identity provider')
  })

  it('is never learnt by a redirect', async () => {
    idp.script.instead.discovery = { status: 302, body: {} }
    expect(await refusalOf(bridge.begin())).toBe('unavailable: identity provider')
  })

  it('gives way to explicit addresses (pain-20)', async () => {
    await app.stop()
    await start({ authorization_url: `${idp.url}/elsewhere?tenant=t&state=fixed` })
    const { url, state } = await bridge.begin()
    expect(url).toContain(`${idp.url}/elsewhere?tenant=t&`)
    expect(new URL(url).searchParams.getAll('state')).toEqual([state])
  })
})
