/** The access rules at work: at the sign-in, at every check afterwards, and told when they become tighter. */
import { accessRulesStateSchema } from '@gateway/contracts'
import { Keyring, Secret } from '@gateway/kernel'
import type { ReloadListener } from '@gateway/service'
import { testConfig } from '@gateway/testing'
import { describe, expect, it, vi } from 'vitest'
import { lastCommit } from './test-support/bridge.ts'
import { PROTECTED, startBridge } from './test-support/recorded-bridge.ts'
import { okta } from './test-support/recordings/okta.ts'

const start = (config: Readonly<Record<string, unknown>> = {}) => startBridge({ id: 'okta', recording: okta, config })
const SUB = 'okta:00uid4BxXw6I6TV4m0g3'
/** A check has a deadline in real time, which a busy machine may miss. */
const PATIENCE_MS = 30_000
const eventually = (expectation: () => void | Promise<void>) => vi.waitFor(expectation, { timeout: PATIENCE_MS / 2 })
const OTHERS = { allow: { emails: ['somebody-else@example.com'] } }

/** The same deployment after its file was changed: another replica with other rules. */
async function withRules(world: Awaited<ReturnType<typeof start>>, config: Readonly<Record<string, unknown>>) {
  const { oauth_providers, mcp_services } = world.deps.config
  const changed = testConfig({ mcp_services: { calculator: PROTECTED }, ...config })
  await world.stopAll()
  await world.replica({
    config: { ...changed, oauth_providers, mcp_services: { ...mcp_services, ...changed.mcp_services } },
  })
}

describe('somebody who may not come in', () => {
  it('is refused at the sign-in, the audit has the rule, and nothing is kept of the person', async () => {
    const { deps, failure, audit, people, log } = await start({ access: OTHERS })
    const events = await audit()
    expect(await failure()).toEqual(['user_denied', 'not_allowed'])
    expect(await people.person(SUB)).toBeUndefined()
    expect(await people.tokens(SUB)).toBeUndefined()
    expect(await lastCommit(deps.bus, 'identity', SUB)).toBeUndefined()
    const told = { type: 'audit.login.failed', data: { reason: 'user_denied', rule: 'not_allowed', sub: SUB } }
    await vi.waitFor(() =>
      expect(events).toContainEqual(expect.objectContaining({ ...told, data: expect.objectContaining(told.data) })),
    )
    for (const text of [JSON.stringify(events), log()]) expect(text).not.toMatch(/Lovelace|ada@/)
  })

  it('is refused at the next refresh after the rules became tighter, without another sign-in', async () => {
    const world = await start()
    const { auth_time } = await (await world.signIn()).finished
    await withRules(world, { access: { deny: { emails: ['ada@example.com'] } } })
    const denied = { code: 'user_denied', detail: { rule: 'email_denied' } }
    await expect(world.bridge.check(SUB, auth_time)).rejects.toMatchObject(denied)
    await withRules(world, {})
    expect(await world.bridge.check(SUB, auth_time)).toMatchObject({ profile: { sub: SUB } })
  })

  it('is refused after a reload as well, by the same process', { timeout: PATIENCE_MS }, async () => {
    const world = await start()
    const { auth_time } = await (await world.signIn()).finished
    const listeners: ReloadListener[] = []
    const subscribe = (listener: ReloadListener) => {
      listeners.push(listener)
      return () => undefined
    }
    await world.stopAll()
    await world.replica({ reloads: { subscribe } })
    const { access } = testConfig({ access: { deny: { emails: ['ada@example.com'] } } })
    expect(listeners).toHaveLength(1)
    for (const listener of listeners) await listener({ ...world.deps.config, access })
    const denied = { code: 'user_denied', detail: { rule: 'email_denied' } }
    await eventually(() => expect(world.bridge.check(SUB, auth_time)).rejects.toMatchObject(denied))
    await eventually(async () => {
      const { state } = (await lastCommit(world.deps.bus, 'accessRules', 'access')) ?? {}
      expect(accessRulesStateSchema.parse(state).tightened).toEqual({ calculator: world.deps.clock() })
    })
  })

  it('and tries again with another group corrects what was held, which then counts at refreshes too', async () => {
    const { idp, bridge, signIn, failure } = await start({ access: { deny: { groups: ['Leavers'] } } })
    const { auth_time } = await (await signIn()).finished
    idp.script.userinfo = { ...idp.script.userinfo, groups: ['Leavers'] }
    expect(await failure()).toEqual(['user_denied', 'group_denied'])
    await expect(bridge.check(SUB, auth_time)).rejects.toMatchObject({ code: 'user_denied' })
  })

  it('since a rule names a claim that was not read, signs in again, and is then judged by it', async () => {
    const world = await start()
    const { auth_time } = await (await world.signIn()).finished
    await withRules(world, { access: { allow: { claims: { zoneinfo: ['America/Los_Angeles'] } } } })
    await expect(world.bridge.check(SUB, auth_time)).rejects.toMatchObject({ code: 'sign_in_required' })
    const again = await (await world.signIn()).finished
    expect(await world.bridge.check(SUB, again.auth_time)).toMatchObject({ profile: { sub: SUB } })
  })
})

describe('an administrator', () => {
  it('is called one, at the sign-in and at checks', async () => {
    const { signIn, bridge } = await start({ access: { ...OTHERS, admins: { groups: ['Engineering'] } } })
    const { admin, auth_time } = await (await signIn()).finished
    expect(admin).toBe(true)
    expect(await bridge.check(SUB, auth_time)).toMatchObject({ admin: true })
    const without = await start()
    expect(await (await without.signIn()).finished).not.toHaveProperty('admin')
  })
})

describe('rules that became tighter', () => {
  const stateOf = async ({ deps }: Awaited<ReturnType<typeof start>>) => {
    const commit = await lastCommit(deps.bus, 'accessRules', 'access')
    return commit && { version: commit.version, ...accessRulesStateSchema.parse(commit.state) }
  }

  it('are a fact with the services concerned, once, that holds no address; looser ones concern none', async () => {
    const finance = { ...PROTECTED, access: OTHERS }
    const world = await start()
    expect(await stateOf(world)).toBeUndefined()
    const events = await world.audit()
    await withRules(world, { mcp_services: { finance } })
    const at = world.deps.clock()
    expect(await stateOf(world)).toMatchObject({ version: 1, tightened: { finance: at } })
    await world.replica({
      config: { ...world.deps.config, mcp_services: testConfig({ mcp_services: { finance } }).mcp_services },
    })
    expect(await stateOf(world)).toMatchObject({ version: 1 })
    world.deps.clock.advance(1_000)
    await withRules(world, { mcp_services: { finance }, access: { allow: { domains: ['example.com'] } } })
    expect(await stateOf(world)).toMatchObject({ tightened: { finance: at + 1_000, calculator: at + 1_000 } })
    await withRules(world, {})
    expect(await stateOf(world)).toMatchObject({ version: 3, tightened: { finance: at + 1_000 } })
    expect(JSON.stringify(await lastCommit(world.deps.bus, 'accessRules', 'access'))).not.toContain('example.com')
    await vi.waitFor(() => {
      const told = events
        .filter(({ type }) => type === 'audit.access.changed')
        .map(({ data }) => [data.service, data.rule])
      expect(told).toEqual(
        expect.arrayContaining([
          ['finance', 'tightened'],
          ['calculator', 'tightened'],
          [undefined, 'relaxed'],
        ]),
      )
    })
  })

  it('are not those that were sealed with another key meanwhile', async () => {
    const config = { access: { allow: { domains: ['example.com'] } } }
    const world = await start(config)
    const before = await stateOf(world)
    const keys = ['k1', 'k2'].map((id) => ({ id, secret: new Secret('the sealing key of the tests') }))
    world.deps.clock.advance(1_000)
    await world.replica({ keyring: new Keyring('k2', keys) })
    expect(await stateOf(world)).toEqual({ ...before, version: 2, rules: expect.objectContaining({ key: 'k2' }) })
  })
})

describe('the groups of somebody who is in', () => {
  it('are told as far as rules of the service name them, and as the file says them now', async () => {
    const world = await start()
    const { auth_time } = await (await world.signIn()).finished
    const groups = async () => (await world.bridge.check(SUB, auth_time, 'calculator')).groups
    expect(await groups()).toBeUndefined()
    const tools = { purge: { groups: ['Everyone', 'Nobody'] } }
    await withRules(world, { mcp_services: { calculator: { ...PROTECTED, tools } } })
    expect(await groups()).toEqual(['Everyone'])
    expect((await world.bridge.check(SUB, auth_time)).groups).toBeUndefined()
  })
})
