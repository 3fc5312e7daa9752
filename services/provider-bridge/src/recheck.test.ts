/** People asked after at the provider, and what happens to the tokens that it gives for that. */
import { setTimeout } from 'node:timers/promises'
import type { Bus } from '@gateway/bus'
import { checkUser } from '@gateway/contracts'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { accessRules } from './domain/access-config.ts'
import { providerSettings } from './domain/provider-settings.ts'
import { recheck } from './handlers/recheck-user.ts'
import { lastCommit } from './test-support/bridge.ts'
import { startBridge } from './test-support/recorded-bridge.ts'
import type { RecordedProvider } from './test-support/recorded-provider.ts'
import { okta } from './test-support/recordings/okta.ts'
import { createProvider } from './upstream/provider.ts'

const TOKEN = '/oauth2/default/v1/token'
const KEYS = '/oauth2/default/v1/keys'
const USERINFO = '/oauth2/default/v1/userinfo'
const HOUR = 3_600_000

/** Somebody who signed in an hour ago with refresh token r1, which is the one that is taken. */
async function signedIn(config: Readonly<Record<string, unknown>> = {}) {
  const world = await startBridge({ id: 'okta', recording: okta, config })
  const { idp, deps, bridge, people, signIn } = world
  give(idp, 'r1')
  const { profile, auth_time } = await (await signIn()).finished
  const { sub } = profile
  deps.clock.advance(HOUR)
  const tokens = async () => (await people.tokens(sub))?.value
  const { settings } = providerSettings('okta', deps.config.oauth_providers['okta']!)
  const provider = createProvider(settings, 'http://localhost:8080/oauth/callback', deps)
  return { ...world, sub, profile, provider, tokens, check: () => bridge.check(sub, auth_time), since: auth_time }
}

/** The next refresh token, and the one that is taken. */
function give(
  idp: RecordedProvider,
  next: string | null | undefined,
  taken: string | undefined = next ?? undefined,
): void {
  idp.script.tokenAnswer = { ...okta.tokenAnswer, refresh_token: next }
  idp.script.refreshToken = taken
}

describe('a renewal', () => {
  it('happens once, however many refreshes come at once on however many replicas (pain-13)', async () => {
    const { idp, check, replica, tokens } = await signedIn()
    await replica()
    await replica()
    give(idp, 'r2', 'r1')
    await Promise.all(Array.from({ length: 50 }, check))
    expect(idp.asked.filter(({ form }) => form.get('grant_type') === 'refresh_token')).toHaveLength(1)
    expect(await tokens()).toMatchObject({ refresh_token: 'r2' })
  })

  it('is kept before anything that can fail: userinfo is away, the new refresh token is there (pain-13)', async () => {
    const { idp, check, profile, tokens } = await signedIn()
    give(idp, 'r2', 'r1')
    idp.script.instead[USERINFO] = { status: 503, body: {} }
    expect(await check()).toEqual({ profile })
    expect(await tokens()).toMatchObject({ refresh_token: 'r2' })
  })

  it('is kept although its ID token cannot be verified: the keys are away, or it is no good (pain-13)', async () => {
    const { idp, deps, check, profile, tokens } = await signedIn()
    give(idp, 'r2', 'r1')
    idp.rotateKeys()
    idp.script.instead[KEYS] = { status: 503, body: {} }
    expect(await check()).toEqual({ profile })
    expect(await tokens()).toMatchObject({ refresh_token: 'r2' })
    give(idp, 'r3', 'r2')
    delete idp.script.instead[KEYS]
    idp.script.idToken = { ...idp.script.idToken, aud: 'somebody else', name: 'Eve' }
    deps.clock.advance(HOUR)
    expect(await check()).toEqual({ profile })
    expect(await tokens()).toMatchObject({ refresh_token: 'r3' })
  })

  it.each([undefined, '', null])(
    'that brings %j for a refresh token keeps the one there was (pain-13)',
    async (nothing) => {
      const { idp, deps, check, tokens } = await signedIn()
      give(idp, nothing, 'r1')
      await check()
      expect(await tokens()).toMatchObject({ refresh_token: 'r1', checked_at: deps.clock() })
      deps.clock.advance(HOUR)
      await check()
      expect(idp.count(TOKEN)).toBe(3)
    },
  )

  it('that is late leaves the tokens of a newer sign-in alone', async () => {
    const { idp, check, tokens, signIn } = await signedIn()
    const held = Promise.withResolvers<void>()
    give(idp, 'late', 'r1')
    idp.script.wait[TOKEN] = held.promise
    const checking = check()
    await vi.waitFor(() => expect(idp.count(TOKEN)).toBe(2))
    delete idp.script.wait[TOKEN]
    give(idp, 'r9', 'r1')
    await (await signIn()).finished
    give(idp, 'late', 'r1')
    held.resolve()
    await checking
    expect(await tokens()).toMatchObject({ refresh_token: 'r9' })
  })

  it('is claimed until a time: a replica that died does not keep others from it', async () => {
    const { idp, deps, sub, check } = await signedIn()
    idp.script.instead[TOKEN] = { status: 500, body: {} }
    await check()
    expect(idp.count(TOKEN)).toBe(2)
    const commit = await lastCommit(deps.bus, 'upstreamGrant', sub)
    expect(commit?.events).toEqual([expect.objectContaining({ type: 'RenewalClaimed', until: deps.clock() + 20_000 })])
    delete idp.script.instead[TOKEN]
    deps.clock.advance(19_999)
    await check()
    expect(idp.count(TOKEN)).toBe(2)
    deps.clock.advance(1)
    await check()
    expect(idp.count(TOKEN)).toBe(3)
  })

  it('is not tried with what another client registration got', async () => {
    const { idp, people, sub, check, tokens } = await signedIn()
    const mine = await people.tokens(sub)
    await people.replaceTokens(sub, mine!, { ...mine!.value, client_id: 'an older registration' })
    await check()
    expect(idp.count(TOKEN)).toBe(1)
    expect(await tokens()).toMatchObject({ client_id: 'an older registration' })
  })

  it('does not follow another within ten seconds, nor at all within minutes where nothing is refreshed', async () => {
    const { idp, deps, bridge, sub, since, check } = await signedIn()
    await check()
    deps.clock.advance(9_999)
    await check()
    expect(idp.count(TOKEN)).toBe(2)
    deps.clock.advance(1)
    await check()
    expect(idp.count(TOKEN)).toBe(3)
    const introspect = () => bridge.ask(checkUser, { sub, since })
    deps.clock.advance(299_999)
    await introspect()
    expect(idp.count(TOKEN)).toBe(3)
    deps.clock.advance(1)
    await introspect()
    expect(idp.count(TOKEN)).toBe(4)
  })

  it('is left alone by a replica that was frozen past the end of its claim, or finds other tokens after it', async () => {
    const { idp, deps, people, sub, signIn, provider } = await signedIn()
    const { bus, clock, log } = deps
    const during = (happening: () => unknown) => ({
      last: (subject: string) => bus.last(subject),
      append: async (...message: Parameters<typeof bus.append>) => {
        await happening()
        return bus.append(...message)
      },
    })
    const rules = accessRules(deps.config)
    const asking = { clock, log, people, rules, provider }
    const frozen = during(() => clock.advance(20_000)) as unknown as Bus
    expect(await recheck({ ...asking, bus: frozen }, sub, true)).toBe(true)
    const overtaken = during(async () => (await signIn()).finished) as unknown as Bus
    expect(await recheck({ ...asking, bus: overtaken }, sub, true)).toBe(true)
    expect(idp.asked.filter(({ form }) => form.get('grant_type') === 'refresh_token')).toEqual([])
  })

  it('leaves nothing readable in facts or logs', async () => {
    const { deps, sub, check, log } = await signedIn()
    await check()
    const facts = JSON.stringify([
      await lastCommit(deps.bus, 'upstreamGrant', sub),
      await lastCommit(deps.bus, 'identity', sub),
    ])
    for (const text of [facts, log()]) expect(text).not.toMatch(/"r1"|Lovelace|ada@/)
  })
})

describe('the provider’s own refusal', () => {
  it('stops the refresh, for good and for every session of the person, and is told as a fact (pain-14)', async () => {
    const { idp, deps, bridge, sub, check, since, tokens, audit, signIn } = await signedIn()
    const events = await audit()
    idp.script.refreshToken = undefined
    await expect(check()).rejects.toMatchObject({ code: 'sign_in_required' })
    await expect(bridge.check(sub, since + 60)).rejects.toMatchObject({ code: 'sign_in_required' })
    expect(idp.count(TOKEN)).toBe(2)
    expect(await tokens()).toBeUndefined()
    const fact = { type: 'SignInRequired', cause: 'provider', sub, at: deps.clock() }
    expect(await lastCommit(deps.bus, 'identity', sub)).toMatchObject({
      actor: 'service:provider-bridge',
      events: [fact],
    })
    await vi.waitFor(() => expect(events.map(({ data }) => data.reason)).toContain('refused_by_provider'))
    deps.clock.advance(1_000)
    const again = await (await signIn()).finished
    expect(await bridge.check(sub, again.auth_time)).toMatchObject({ profile: { sub } })
  })

  it.each([
    ['an outage', { status: 503, body: {} }],
    ['too many requests', { status: 429, body: {} }],
    ['a wrong client secret', { status: 401, body: { error: 'invalid_client' } }],
    ['a page', { status: 200, body: '<html>' }],
  ])('is not %s: the refresh goes on', async (_name, answer) => {
    const { idp, check, profile } = await signedIn()
    idp.script.instead[TOKEN] = answer
    expect(await check()).toEqual({ profile })
  })

  it('is not silence: the refresh goes on after two seconds, and what comes later is kept', async () => {
    const { idp, check, profile, tokens } = await signedIn()
    const held = Promise.withResolvers<void>()
    give(idp, 'r2', 'r1')
    idp.script.wait[TOKEN] = held.promise
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const waited = vi.waitFor(() => expect(idp.count(TOKEN)).toBe(2)).then(() => vi.advanceTimersByTimeAsync(2_000))
    expect((await Promise.all([check(), waited]))[0]).toEqual({ profile })
    held.resolve()
    await vi.waitFor(async () => expect(await tokens()).toMatchObject({ refresh_token: 'r2' }))
  })

  it('of a grant that another sign-in has replaced meanwhile ends nothing', async () => {
    const { idp, deps, bridge, sub, check, signIn } = await signedIn()
    const held = Promise.withResolvers<void>()
    idp.script.wait[TOKEN] = held.promise
    idp.script.refreshToken = undefined
    const checking = check()
    await vi.waitFor(() => expect(idp.count(TOKEN)).toBe(2))
    delete idp.script.wait[TOKEN]
    const { auth_time } = await (await signIn()).finished
    held.resolve()
    await checking
    expect(await bridge.check(sub, auth_time)).toHaveProperty('profile')
    expect(await lastCommit(deps.bus, 'identity', sub)).toMatchObject({ version: 1 })
  })

  it('is not an ID token or an answer about somebody else, which changes nothing', async () => {
    const { idp, deps, check, profile } = await signedIn()
    idp.script.idToken = { ...idp.script.idToken, sub: 'somebody-else', picture: 'https://evil.example/eve.png' }
    expect(await check()).toEqual({ profile })
    idp.script.idToken = { ...okta.idToken }
    idp.script.userinfo = { ...idp.script.userinfo, sub: 'somebody-else', name: 'Eve' }
    deps.clock.advance(HOUR)
    expect(await check()).toEqual({ profile })
    idp.script.userinfo = { ...okta.userinfo, name: 'Eve' }
    idp.script.idToken = { ...okta.idToken, at_hash: 'MTIzNDU2Nzg5MDEyMzQ1Ng' }
    deps.clock.advance(HOUR)
    expect(await check()).toEqual({ profile })
  })
})

describe('a profile', () => {
  it('is kept current at a refresh, and a change is a fact without personal data', async () => {
    const { idp, deps, sub, check, profile } = await signedIn()
    idp.script.userinfo = { ...idp.script.userinfo, name: 'Countess Lovelace' }
    expect(await check()).toEqual({ profile: { ...profile, name: 'Countess Lovelace' } })
    const commit = await lastCommit(deps.bus, 'identity', sub)
    expect(commit).toMatchObject({ events: [{ type: 'ProfileChanged', revision: 2 }] })
    expect(JSON.stringify(commit)).not.toContain('Lovelace')
  })

  it('that lost a group stops where the group was needed, at the next refresh', async () => {
    const { idp, check } = await signedIn({ access: { allow: { groups: ['Engineering'] } } })
    delete idp.script.userinfo['groups']
    await expect(check()).rejects.toMatchObject({ code: 'user_denied', detail: { rule: 'not_allowed' } })
  })

  it('keeps what an answer without an ID token does not speak of', async () => {
    const { idp, check, profile } = await signedIn({ access: { allow: { claims: { idp: ['00ok1u7AsAkrwdZL3z0p'] } } } })
    idp.script.tokenAnswer = { ...idp.script.tokenAnswer, id_token: undefined }
    expect(await check()).toEqual({ profile })
  })

  it('that was erased while the provider was asked does not come back', async () => {
    const { idp, people, sub, check, stopAll } = await signedIn()
    const held = Promise.withResolvers<void>()
    idp.script.wait[USERINFO] = held.promise
    const checking = check().catch(() => undefined)
    await vi.waitFor(() => expect(idp.count(USERINFO)).toBe(2))
    await people.forgetPerson(sub)
    held.resolve()
    await checking
    await stopAll()
    expect(await people.person(sub)).toBeUndefined()
  })
})

describe('stopping', () => {
  it('waits for a renewal under way, so that the token is not lost', async () => {
    const { idp, check, tokens, stopAll } = await signedIn()
    give(idp, 'r2', 'r1')
    idp.script.wait[TOKEN] = setTimeout(200)
    const checking = check().catch(() => undefined)
    await vi.waitFor(() => expect(idp.count(TOKEN)).toBe(2))
    await Promise.all([stopAll(), checking])
    expect(await tokens()).toMatchObject({ refresh_token: 'r2' })
  })
})
