/** What operators may do with users, and the sign-out at the provider. */
import {
  blockUser,
  endUpstreamSession,
  eraseUser,
  listUsers,
  requireSignIn,
  showUser,
  unblockUser,
} from '@gateway/contracts'
import { describe, expect, it, vi } from 'vitest'
import { lastCommit } from './test-support/bridge.ts'
import { PROTECTED, startBridge } from './test-support/recorded-bridge.ts'
import { okta } from './test-support/recordings/okta.ts'

const SUB = 'okta:00uid4BxXw6I6TV4m0g3'
const REVOKE = '/oauth2/default/v1/revoke'

async function signedIn() {
  const service = { ...PROTECTED, access: { allow: { groups: ['Finance'] } } }
  const config = { mcp_services: { calculator: PROTECTED, finance: service } }
  const world = await startBridge({ id: 'okta', recording: okta, config })
  const { profile, auth_time } = await (await world.signIn()).finished
  world.deps.clock.advance(1_000)
  return { ...world, profile, check: () => world.bridge.check(SUB, auth_time), ask: world.bridge.ask }
}

describe('users', () => {
  it('are listed page by page, everybody once and nobody else', async () => {
    const { idp, ask, signIn } = await signedIn()
    for (let index = 0; index < 120; index++) {
      const sub = `user-${index}`
      idp.script.idToken = { ...idp.script.idToken, sub }
      idp.script.userinfo = { sub, name: `User ${index}` }
      await (await signIn()).finished
    }
    const subs: string[] = []
    let cursor: string | undefined
    do {
      const page = await ask(listUsers, { cursor })
      subs.push(...page.users.map(({ sub }) => sub))
      cursor = page.next
    } while (cursor !== undefined)
    expect(subs).toHaveLength(121)
    expect(new Set(subs)).toContain(SUB)
  })

  it('are shown with what keeps them out of which service', async () => {
    const { ask, profile } = await signedIn()
    expect(await ask(showUser, { sub: SUB })).toEqual({
      sub: SUB,
      profile,
      status: 'active',
      blocked: false,
      admin: false,
      access: [{ service: 'calculator' }, { service: 'finance', denied_by: 'not_allowed' }],
      upstream: 'checked at each refresh',
    })
    const nobody = { sub: 'okta:nobody', status: 'absent', blocked: false, admin: false, access: [], upstream: 'none' }
    expect(await ask(showUser, { sub: 'okta:nobody' })).toEqual(nobody)
  })
})

describe('a block', () => {
  it('stops what was issued and every new sign-in, everywhere, until it is lifted (pain-14)', async () => {
    const { idp, deps, ask, check, failure, signIn, bridge } = await signedIn()
    await ask(blockUser, { sub: SUB })
    await ask(blockUser, { sub: SUB })
    await expect(check()).rejects.toMatchObject({ code: 'user_blocked' })
    expect(await failure()).toEqual(['user_blocked', 'user_blocked'])
    expect(await lastCommit(deps.bus, 'identity', SUB)).toMatchObject({ version: 2, actor: 'operator' })
    expect(idp.asked.filter(({ path }) => path === REVOKE)).toHaveLength(1)
    await ask(unblockUser, { sub: SUB })
    await expect(check()).rejects.toMatchObject({ code: 'sign_in_required' })
    deps.clock.advance(1_000)
    const { auth_time } = await (await signIn()).finished
    expect(await bridge.check(SUB, auth_time)).toHaveProperty('profile')
  })

  it('holds for somebody who has not been seen yet', async () => {
    const { ask, failure, idp } = await signedIn()
    await ask(blockUser, { sub: 'okta:next-week' })
    idp.script.idToken = { ...idp.script.idToken, sub: 'next-week' }
    idp.script.userinfo = { sub: 'next-week' }
    expect(await failure()).toEqual(['user_blocked', 'user_blocked'])
  })

  it.each(['', 'okta', 'okta:', ':x'])('of %j is no user’s', async (sub) => {
    const { ask } = await signedIn()
    await expect(ask(blockUser, { sub })).rejects.toMatchObject({ code: 'malformed_request' })
  })
})

describe('a demanded sign-in', () => {
  it('ends what was issued before, and what the gateway held at the provider', async () => {
    const { idp, ask, check, people } = await signedIn()
    await ask(requireSignIn, { sub: SUB })
    await expect(check()).rejects.toMatchObject({ code: 'sign_in_required' })
    expect(idp.asked.at(-1)?.form.get('token')).toBe('a9VpZDRCeFh3Nkk2VdYa')
    expect(await people.tokens(SUB)).toBeUndefined()
  })
})

describe('an erasure', () => {
  it('leaves nothing of the person in the store, and says what remains', async () => {
    const { deps, ask, check, audit } = await signedIn()
    const events = await audit()
    const { erased, remains } = await ask(eraseUser, { sub: SUB })
    expect((await deps.store.list('')).keys).toEqual([])
    expect(erased.join()).toMatch(/profile.*tokens/)
    expect(remains.join()).toMatch(new RegExp(`${SUB}.*facts.*audit events, for 400 days`))
    expect([...erased, ...remains].join()).not.toContain('Ada')
    await expect(check()).rejects.toMatchObject({ code: 'sign_in_required' })
    expect((await ask(listUsers, {})).users).toEqual([])
    expect(await ask(showUser, { sub: SUB })).toMatchObject({ status: 'erased', upstream: 'none' })
    await vi.waitFor(() => expect(events.map(({ data }) => data.reason)).toContain('erased'))
  })

  it('goes through while the provider is away', async () => {
    const { idp, deps, ask } = await signedIn()
    idp.script.instead[REVOKE] = { status: 503, body: {} }
    await ask(eraseUser, { sub: SUB })
    expect((await deps.store.list('')).keys).toEqual([])
  })
})

describe('a sign-out at the provider', () => {
  const back = { post_logout_redirect_uri: 'http://localhost:8080/account/signed-out', state: 's' }

  it('sends the browser there with the ID token as a hint (OpenID Connect RP-Initiated Logout §2)', async () => {
    const { idp, ask, people } = await signedIn()
    const { url = '' } = await ask(endUpstreamSession, { sub: SUB, revoke: false, ...back })
    expect(url).toContain(`${idp.origin}/oauth2/default/v1/logout?`)
    const hint = (await people.tokens(SUB))?.value.id_token
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      client_id: 'gateway',
      id_token_hint: hint,
      ...back,
    })
    expect(idp.count(REVOKE)).toBe(0)
  })

  it('revokes and forgets the tokens where that is wanted; what was issued goes on (RFC 7009 §2.1)', async () => {
    const { idp, ask, people, check } = await signedIn()
    await ask(endUpstreamSession, { sub: SUB, revoke: true })
    expect(idp.asked.find(({ path }) => path === REVOKE)?.form.get('token')).toBe('a9VpZDRCeFh3Nkk2VdYa')
    expect(await people.tokens(SUB)).toBeUndefined()
    expect(await check()).toHaveProperty('profile')
  })

  it('does not fail for a provider that is away, or has no such place', async () => {
    const { idp, ask } = await signedIn()
    idp.script.instead[REVOKE] = { status: 503, body: {} }
    expect(await ask(endUpstreamSession, { sub: SUB, revoke: true })).toHaveProperty('url')
    const without = await startBridge({ id: 'okta', recording: okta })
    without.idp.script.metadata['end_session_endpoint'] = undefined
    expect(await without.bridge.ask(endUpstreamSession, { sub: SUB, revoke: true })).toEqual({})
  })
})
