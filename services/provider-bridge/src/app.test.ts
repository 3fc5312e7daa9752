import { handle } from '@gateway/bus'
import { startDemoProvider } from '@gateway/demo'
import { Misconfigured } from '@gateway/kernel'
import type { App } from '@gateway/service'
import { type TestDeps, testConfig, testDeps } from '@gateway/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from './app.ts'
import { identities } from './deps.ts'
import type { IdentityCommand } from './domain/identity.ts'
import { auditTrail, callers, lastCommit, refusalOf } from './test-support/bridge.ts'
import { signInAt } from './test-support/demo-visitor.ts'

const clientSecret = 'demo-secret-of-the-tests'
const redirectUri = 'http://localhost:8080/oauth/callback'
let idp: Awaited<ReturnType<typeof startDemoProvider>>
let deps: TestDeps
let app: App
let bridge: ReturnType<typeof callers>

beforeAll(async () => {
  idp = await startDemoProvider({ host: '127.0.0.1', port: 0, clientId: 'gateway', clientSecret, redirectUri })
})
afterAll(() => idp.close())

beforeEach(async () => {
  const oauth_providers = {
    demo: { client_id: 'gateway', client_secret: clientSecret, issuer: idp.url, extra_params: { hd: 'example.com' } },
  }
  deps = await testDeps({ config: testConfig({ oauth_providers, mcp_services: {} }) })
  app = await createApp(deps)
  await app.start()
  bridge = callers(deps.bus, deps.clock)
})
afterEach(() => app.stop())

const now = () => Math.floor(deps.clock() / 1000)
const sub = 'demo:ada-lovelace'

async function signIn(user = 'ada-lovelace') {
  const { url, login } = await bridge.begin()
  return bridge.finish(login, await signInAt(url, { user }))
}

async function decide(command: IdentityCommand): Promise<void> {
  await handle(deps.bus, identities, sub, command, { requestId: command.type, actor: 'operator', at: command.at })
}

describe('a login', () => {
  it('goes to the provider with PKCE S256, state and nonce, always, and with what was asked (RFC 7636 §4.3)', async () => {
    const { url, state, provider } = await bridge.begin({ prompt: 'login', login_hint: 'ada', max_age: 60 })
    const query = Object.fromEntries(new URL(url).searchParams)
    expect(query).toEqual({
      response_type: 'code',
      client_id: 'gateway',
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state,
      nonce: expect.stringMatching(/^[\w-]{22}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      prompt: 'login',
      login_hint: 'ada',
      max_age: '60',
      hd: 'example.com',
    })
    expect(state).toMatch(/^[\w-]{22}$/)
    expect(provider).toBe('demo')
  })

  it('brings the whole profile, whatever its script', async () => {
    const { profile, auth_time } = await signIn('soren-unal')
    expect(profile).toEqual({
      sub: 'demo:soren-unal',
      id: 'soren-unal',
      provider: 'demo',
      email: 'soren@demo.example',
      email_verified: true,
      name: 'Søren Ünal 山田',
      picture: `${idp.url}/avatars/soren-unal.svg`,
      groups: [],
    })
    expect(auth_time).toBe(now())
  })

  it('is told as facts and audit events that hold of the person no more than sub', async () => {
    const audit = await auditTrail(deps.bus)
    const { url, state, login } = await bridge.begin()
    await bridge.finish(login, await signInAt(url, { user: 'ada-lovelace' }), 'request-1')
    const at = deps.clock()
    expect(await lastCommit(deps.bus, 'login', state)).toMatchObject({
      id: expect.stringMatching(/^request-1\.[\w-]+$/),
      actor: `user:${sub}`,
      events: [{ type: 'LoginSucceeded', provider: 'demo', sub, at }],
    })
    const identity = await lastCommit(deps.bus, 'identity', sub)
    expect(identity).toMatchObject({ events: [{ type: 'IdentitySeen', sub, at }], version: 1 })
    await vi.waitFor(() => expect(audit).toHaveLength(2))
    expect(audit.map(({ type }) => type).toSorted()).toEqual(['audit.identity.first-seen', 'audit.login.succeeded'])
    expect(JSON.stringify([identity, audit])).not.toMatch(/Lovelace|@demo|avatars/)
  })

  it('is finished once: the same callback again is refused (original-9)', async () => {
    const audit = await auditTrail(deps.bus)
    const { url, login } = await bridge.begin()
    const query = await signInAt(url, { user: 'ada-lovelace' })
    await bridge.finish(login, query)
    expect(await refusalOf(bridge.finish(login, query))).toBe('login_repeated')
    await vi.waitFor(() => expect(audit.map(({ data }) => data.reason)).toContain('login_repeated'))
  })

  it('is bound to the sealed half in the browser: another state, another login, no seal, or late is no login', async () => {
    const mine = await bridge.begin()
    const other = await bridge.begin()
    const query = await signInAt(mine.url, { user: 'ada-lovelace' })
    expect(await refusalOf(bridge.finish(other.login, query))).toBe('login_invalid')
    expect(await refusalOf(bridge.finish('', query))).toBe('login_invalid')
    expect(await refusalOf(bridge.finish(`${mine.login.slice(0, -2)}AA`, query))).toBe('login_invalid')
    expect(await refusalOf(bridge.finish(mine.login, `${query}&state=${mine.state}`))).toBe('login_invalid')
    expect(await refusalOf(bridge.finish(mine.login, query.replace(mine.state, '')))).toBe('login_invalid')
    deps.clock.advance(10 * 60_000)
    expect(await refusalOf(bridge.finish(mine.login, query))).toBe('login_invalid')
    expect(await lastCommit(deps.bus, 'login', mine.state)).toBeUndefined()
  })

  it('that the person cancels is denied, and recorded', async () => {
    const { url, state, login } = await bridge.begin()
    const query = await signInAt(url, { cancel: 'yes' })
    expect(await refusalOf(bridge.finish(login, query))).toBe('login_denied')
    expect(await lastCommit(deps.bus, 'login', state)).toMatchObject({
      actor: 'anonymous',
      events: [{ type: 'LoginFailed', reason: 'denied' }],
    })
  })

  it('of a known person adds nothing to the identity', async () => {
    await signIn()
    await signIn()
    expect(await lastCommit(deps.bus, 'identity', sub)).toMatchObject({ version: 1 })
  })

  it('leaves nothing readable in the store', async () => {
    await signIn()
    const { keys } = await deps.store.list('')
    expect(keys.map((key) => key.replace(/:[\w-]{43}$/, '')).toSorted()).toEqual([
      'provider-bridge:profile',
      'provider-bridge:upstream-tokens',
    ])
    const values = await Promise.all(keys.map(async (key) => (await deps.store.get(key))?.value))
    for (const value of values) expect(Buffer.from(value!).toString('latin1')).not.toMatch(/Lovelace|access_token/)
  })
})

describe('a user who is checked', () => {
  it('has the current profile, for as long as a refresh token may live (original-13)', async () => {
    const { profile, auth_time } = await signIn()
    expect(await bridge.check(sub, auth_time)).toEqual({ profile })
    deps.clock.advance(deps.config.tokens.refresh_max_seconds * 1000)
    expect(await bridge.check(sub, auth_time)).toEqual({ profile })
  })

  it('is unknown when no profile is held', async () => {
    expect(await refusalOf(bridge.check('demo:nobody', now()))).toBe('user_unknown')
  })

  it('must sign in again when that is demanded, and may then go on (pain-14)', async () => {
    const before = await signIn()
    deps.clock.advance(2_000)
    const required = deps.clock()
    await decide({ type: 'RequireSignIn', sub, at: required })
    expect(await refusalOf(bridge.check(sub, before.auth_time))).toBe('sign_in_required')
    deps.clock.advance(2_000)
    const after = await signIn()
    expect(await bridge.check(sub, after.auth_time)).toEqual({
      profile: after.profile,
      sign_in_required_since: required,
    })
  })

  it('is refused while blocked, at the check and at the sign-in, and nothing new is kept of the sign-in', async () => {
    const { auth_time } = await signIn()
    await decide({ type: 'BlockIdentity', sub, at: deps.clock() })
    expect(await refusalOf(bridge.check(sub, auth_time))).toBe('user_blocked')
    const { keys } = await deps.store.list('')
    const versions = async () => Promise.all(keys.map(async (key) => (await deps.store.get(key))?.version))
    const before = await versions()
    expect(await refusalOf(signIn())).toBe('user_blocked')
    expect(await versions()).toEqual(before)
  })
})

describe('the provider-bridge', () => {
  it('refuses to start with a provider that can never work', async () => {
    const oauth_providers = { acme: { client_id: 'c' } }
    const wrong = await testDeps({ config: testConfig({ oauth_providers, mcp_services: {} }) })
    await expect(createApp(wrong)).rejects.toBeInstanceOf(Misconfigured)
  })

  it('starts without a provider, for a gateway of public services alone', async () => {
    const bare = await testDeps({ config: testConfig({ oauth_providers: {}, mcp_services: {} }) })
    const alone = await createApp(bare)
    await alone.start()
    expect(await refusalOf(callers(bare.bus, bare.clock).begin())).toBe('unavailable: identity provider')
    expect(alone.checks()).toEqual([{ name: 'bus', ok: true, detail: 'up' }])
    await alone.stop()
  })
})
