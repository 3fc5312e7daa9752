/** The families of a user: listed for the account page and operators, and ended by them. */
import { durables, listFamilies, revokeFamily } from '@gateway/contracts'
import { memoryStore } from '@gateway/store'
import { testConfig, testDeps } from '@gateway/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { grantOf, type Harness, startIssuer } from '../test-support/issuer.ts'

const DAY_MS = 86_400_000

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness

beforeEach(async () => {
  deps = await testDeps()
  issuer = await startIssuer(deps, 2)
})

const list = async (sub = 'custom:alice') => (await issuer.ask(listFamilies, { sub })).families
const listed = async (sub?: string) => (await list(sub)).map(({ family }) => family)
const eventually = (families: readonly string[], sub?: string) =>
  vi.waitFor(async () => expect((await listed(sub)).toSorted()).toEqual([...families].toSorted()))
const start = async (more: Parameters<typeof grantOf>[1] = {}) => {
  const grant = grantOf(deps, more)
  const { refresh_token: token = '' } = await issuer.issue(grant)
  return { ...grant, token }
}

describe('the families of a user', () => {
  it('are listed with what they are, newest first', async () => {
    const first = await start({ client_id: 'client-b', scopes: ['read'] })
    deps.clock.advance(1_000)
    const second = await start()
    await eventually([first.family, second.family])
    deps.clock.advance(1_000)
    await issuer.refresh(second.token)
    const at = deps.clock() - 2_000
    expect(await list()).toEqual([
      {
        family: second.family,
        client_id: 'client-a',
        resource: second.resource,
        scopes: ['read', 'calculate'],
        auth_time: second.auth_time,
        started_at: at + 1_000,
        refreshed_at: at + 2_000,
        expires_at: at + 2_000 + 30 * DAY_MS,
      },
      expect.objectContaining({ family: first.family, client_id: 'client-b', scopes: ['read'], started_at: at }),
    ])
  })

  it('are nobody else’s', async () => {
    const mine = await start()
    const hers = await start({ sub: 'custom:bob' })
    await eventually([mine.family])
    await eventually([hers.family], 'custom:bob')
    expect(await list('custom:eve')).toEqual([])
  })

  it('are gone from the list when they were revoked, expired, or can give nothing more', async () => {
    const [revoked, idle, short] = [await start(), await start(), await start({ refreshable: false })]
    await eventually([revoked.family, idle.family, short.family])
    await issuer.revoke(revoked.token)
    expect(await listed()).toEqual(expect.arrayContaining([idle.family, short.family]))
    expect(await listed()).toHaveLength(2)
    deps.clock.advance(3_600_000)
    expect(await listed()).toEqual([idle.family])
    deps.clock.advance(30 * DAY_MS)
    expect(await listed()).toEqual([])
  })

  it('that are over are asked about once more, and then forgotten', async () => {
    const { family } = await start({ refreshable: false })
    await eventually([family])
    deps.clock.advance(3_600_000)
    const asked: string[] = []
    const last = deps.bus.last.bind(deps.bus)
    deps.bus.last = async (subject) => {
      asked.push(subject)
      return last(subject)
    }
    expect([await listed(), await listed(), asked.length]).toEqual([[], [], 1])
  })

  it('are all there after a hundred sign-ins at once on two replicas', async () => {
    const families = await Promise.all(Array.from({ length: 100 }, () => start()))
    await eventually(families.map(({ family }) => family))
    expect(await listed()).toHaveLength(100)
  })

  it('are kept to the thousand newest', async () => {
    const families: string[] = []
    for (let count = 0; count < 1_010; count += 10) {
      const some = await Promise.all(Array.from({ length: 10 }, () => start()))
      families.push(...some.map(({ family }) => family))
    }
    await vi.waitFor(async () => expect(await listed()).toContain(families.at(-1)), { timeout: 5_000 })
    await vi.waitFor(async () => expect(await listed()).toHaveLength(1_000), { timeout: 5_000 })
  }, 30_000)
})

describe('the index of families', () => {
  const keys = async () => (await deps.store.list('token-issuer:families-by-user')).keys

  it('is sealed, under a key that does not name the user', async () => {
    const { family } = await start()
    await eventually([family])
    const stored = await keys()
    expect(stored).toHaveLength(2)
    expect(stored.join()).not.toContain('alice')
    for (const key of stored) {
      const { value } = (await deps.store.get(key)) ?? { value: new Uint8Array() }
      expect(Buffer.from(value).toString('latin1')).not.toContain(family)
    }
  })

  it('is rebuilt from the stream after the store was wiped, whatever is written meanwhile', async () => {
    const families = await Promise.all(Array.from({ length: 20 }, () => start()))
    await Promise.all(families.slice(0, 3).map(({ token }) => issuer.revoke(token)))
    const left = families.slice(3).map(({ family }) => family)
    await eventually(left)
    for (const key of await keys()) await deps.store.delete(key)
    const [fresh] = await Promise.all([start(), listed()])
    await eventually([...left, fresh.family])
    expect(await keys()).toContain('token-issuer:families-by-user')
  })

  it('is rebuilt when there is none yet', async () => {
    const { family } = await start()
    for (const app of issuer.apps) await app.stop()
    deps = { ...deps, store: memoryStore({ clock: deps.clock }) }
    issuer = await startIssuer(deps)
    expect(await listed()).toEqual([family])
  })

  it('learns of a family that it was late for, from any of its later commits', async () => {
    for (const app of issuer.apps) await app.stop()
    const consume = deps.bus.consume.bind(deps.bus)
    deps.bus.consume = async (durable, handler) =>
      durable.name === durables.familiesByUser.name ? { stop: async () => undefined } : consume(durable, handler)
    issuer = await startIssuer(deps)
    expect(await listed()).toEqual([])
    const { family, token } = await start()
    // More than the stream keeps of one family: its start is not there any more.
    for (let current = token, count = 0; count < 40; count++) {
      current = (await issuer.refresh(current)).refresh_token ?? ''
    }
    expect(await listed()).toEqual([])
    for (const app of issuer.apps) await app.stop()
    deps.bus.consume = consume
    issuer = await startIssuer(deps)
    await eventually([family])
  })

  it('is forgotten when no family in it can be alive', async () => {
    deps = await testDeps({
      config: testConfig({ tokens: { refresh_max_seconds: 86_400, refresh_ttl_seconds: 86_400 } }),
    })
    issuer = await startIssuer(deps)
    await eventually([(await start()).family])
    deps.clock.advance(DAY_MS)
    expect(await keys()).toEqual(['token-issuer:families-by-user'])
  })
})

describe('ending a family', () => {
  it('is the user’s to do, and proxies have been told when it is answered', async () => {
    const { family, token, sub } = await start()
    await issuer.ask(revokeFamily, { family, reason: 'user_request', sub })
    expect(issuer.revocations()).toMatchObject([{ kind: 'family', sid: family, actor: 'user:custom:alice' }])
    await expect(issuer.refresh(token)).rejects.toMatchObject({ code: 'family_revoked' })
    await vi.waitFor(() => expect(issuer.audit().map(({ type }) => type)).toContain('audit.token.revoked'))
    expect(issuer.audit().find(({ type }) => type === 'audit.token.revoked')?.data).toEqual({
      decision: 'recorded',
      reason: 'family',
      actor: 'user:custom:alice',
      sub,
      client_id: 'client-a',
      family,
    })
  })

  it('is an operator’s to do, and a second time is no error', async () => {
    const { family } = await start()
    await issuer.ask(revokeFamily, { family, reason: 'operator_request' })
    await issuer.ask(revokeFamily, { family, reason: 'operator_request' })
    expect(issuer.revocations()).toMatchObject([{ sid: family, actor: 'operator' }])
    expect((await issuer.family(family)).version).toBe(2)
  })

  it('of another user is refused like one that does not exist, alive or not', async () => {
    const { family, token } = await start()
    const byEve = { family, reason: 'user_request', sub: 'custom:eve' } as const
    const unknown = { code: 'family_unknown' }
    await expect(issuer.ask(revokeFamily, byEve)).rejects.toMatchObject(unknown)
    expect(issuer.revocations()).toEqual([])
    await issuer.revoke(token)
    await expect(issuer.ask(revokeFamily, byEve)).rejects.toMatchObject(unknown)
    const none = { ...byEve, family: 'A'.repeat(22) }
    await expect(issuer.ask(revokeFamily, none)).rejects.toMatchObject(unknown)
    await expect(issuer.ask(revokeFamily, { family: none.family, reason: 'operator_request' })).rejects.toMatchObject(
      unknown,
    )
  })

  it('by a user must say which user', async () => {
    const { family } = await start()
    const anonymous = { family, reason: 'user_request' } as unknown as { family: string; reason: 'operator_request' }
    await expect(issuer.ask(revokeFamily, anonymous)).rejects.toMatchObject({ code: 'malformed_request' })
  })
})
