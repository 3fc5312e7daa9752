/** What others' facts end: the registry's deleted clients, the provider-bridge's people. */
import { listParked, subjectOf } from '@gateway/bus'
import { memoryBus } from '@gateway/bus/memory'
import { aggregates, durables, introspectToken, type Revocation } from '@gateway/contracts'
import { keyOf, newId } from '@gateway/kernel'
import { fakeClock, testDeps } from '@gateway/testing'
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { alice, grantOf, type Harness, startIssuer } from '../test-support/issuer.ts'

let deps: Awaited<ReturnType<typeof testDeps>>
let issuer: Harness

beforeEach(async () => {
  const clock = fakeClock()
  deps = await testDeps({ clock, bus: memoryBus({ clock, onFailure: () => undefined }) })
  issuer = await startIssuer(deps, 2)
})

/** As their owners append them; here nobody else does. */
async function commit(subject: string, state: unknown, events: readonly unknown[], at = deps.clock()) {
  const last = await deps.bus.last(subject)
  const envelope = { id: `${newId()}.0`, version: 1, at, actor: 'operator', events, state, stateVersion: 1 }
  await deps.bus.append(subject, envelope.id, envelope, last?.sequence ?? 0)
}

const aboutClient = (state: unknown) =>
  commit(subjectOf(aggregates.client, 'client-a'), state, [{ type: 'ClientDeleted', at: deps.clock() }])
const aboutAlice = (state: object, at = deps.clock()) => {
  const identity = { status: 'active', revision: 1, blocked: false, ...state }
  return commit(
    subjectOf(aggregates.identity, alice.sub),
    identity,
    [{ type: 'SignInRequired', sub: alice.sub, at }],
    at,
  )
}
const revoked = (revocations: readonly Partial<Revocation>[]) =>
  vi.waitFor(() => expect(issuer.revocations()).toEqual(revocations))
const parked = () => listParked(deps.bus, 'token-issuer')
/** Long enough for a reaction that must not come: a later fact has been reacted to. */
async function settled() {
  await commit(
    subjectOf(aggregates.client, 'sentinel'),
    { status: 'deleted', client_id: 'sentinel', deleted_at: deps.clock() },
    [],
  )
  await commit(subjectOf(aggregates.identity, 'sentinel'), { signInRequiredSince: deps.clock() }, [{ sub: 'sentinel' }])
  await vi.waitFor(() => expect(issuer.revocations()).toHaveLength(2))
}

describe('a deleted client', () => {
  it('has everything refused that it was issued, and what may have been under way', async () => {
    const { access_token: token } = await issuer.issue(grantOf(deps))
    const at = deps.clock()
    await aboutClient({ status: 'deleted', client_id: 'client-a', deleted_at: at })
    await revoked([
      {
        kind: 'client',
        id: `client.${keyOf('client-a')}.${at + 15_000}`,
        client_id: 'client-a',
        at,
        before: at + 15_000,
        actor: 'operator',
      },
    ])
    expect(await issuer.ask(introspectToken, { token, client_id: 'client-a' })).toEqual({ active: false })
  })

  it('is nothing to tell while it lives, and nothing long after', async () => {
    await aboutClient({ status: 'absent' })
    const long = deps.clock() - 3_600_000 - 15_000 - 61_000
    await commit(
      subjectOf(aggregates.client, 'client-b'),
      { status: 'deleted', client_id: 'client-b', deleted_at: long },
      [],
    )
    await settled()
    expect(await parked()).toEqual([])
  })

  it('that cannot be read is parked, and the rest goes on', async () => {
    await aboutClient({ status: 'deleted' })
    const place = {
      durable: durables.deletedClients.name,
      subject: subjectOf(aggregates.client, 'client-a'),
      sequence: 1,
    }
    await vi.waitFor(async () => expect(await parked()).toMatchObject([place]))
    await settled()
  })
})

describe('a user who must sign in again', () => {
  it('has everything refused from before (pain-14), once, and new tokens go on', async () => {
    const { access_token: old } = await issuer.issue(grantOf(deps))
    deps.clock.advance(10_500)
    const since = deps.clock()
    await aboutAlice({ signInRequiredSince: since })
    await revoked([
      {
        kind: 'user',
        id: `user.${keyOf(alice.sub)}.${since}`,
        sub: alice.sub,
        at: since,
        before: since,
        actor: 'operator',
      },
    ])
    // A later commit of the same identity repeats it, and so does a redelivery.
    deps.clock.advance(1_000)
    await aboutAlice({ signInRequiredSince: since, revision: 2 })
    const { access_token: fresh } = await issuer.issue(grantOf(deps))
    const introspect = (token: string) => issuer.ask(introspectToken, { token, client_id: 'client-a' })
    expect([await introspect(old), await introspect(fresh)]).toMatchObject([{ active: false }, { active: true }])
    expect(issuer.revocations()).toHaveLength(1)
    expect(await parked()).toEqual([])
  })

  it('is told of when blocked or erased too: the state says since when', async () => {
    const since = deps.clock()
    await aboutAlice({ blocked: true, signInRequiredSince: since })
    await vi.waitFor(() => expect(issuer.revocations()).toMatchObject([{ kind: 'user', before: since }]))
    deps.clock.advance(5_000)
    await aboutAlice({ status: 'erased', signInRequiredSince: since + 5_000 })
    await vi.waitFor(() => expect(issuer.revocations()).toMatchObject([{}, { kind: 'user', before: since + 5_000 }]))
  })

  it('is told of even late, for as long as clocks that differ may count a token alive', async () => {
    const since = deps.clock() - 3_600_000 - 30_000
    await aboutAlice({ signInRequiredSince: since })
    await vi.waitFor(() => expect(issuer.revocations()).toMatchObject([{ kind: 'user', before: since }]))
  })

  it('is nothing to tell of one who need not, or needed to long ago', async () => {
    await aboutAlice({})
    await aboutAlice({ signInRequiredSince: deps.clock() - 3_600_000 - 61_000 })
    await settled()
    expect(await parked()).toEqual([])
  })

  it('that cannot be read is parked, and the rest goes on', async () => {
    await commit(subjectOf(aggregates.identity, alice.sub), { signInRequiredSince: 'yes' }, [])
    await vi.waitFor(async () => expect(await parked()).toMatchObject([{ durable: durables.endedSignIns.name }]))
    await settled()
  })
})

describe('a token that was under way when its user was blocked', () => {
  it('is as old as its request, so that the revocation concerns it', async () => {
    const askedAt = deps.clock()
    await issuer.people(async () => {
      deps.clock.advance(2_500)
      return { profile: alice }
    })
    const { access_token: token, expires_in } = await issuer.issue(grantOf(deps))
    expect(decodeJwt(token).iat).toBe(askedAt / 1000)
    expect(expires_in).toBe(3_598)
    const refreshed = deps.clock()
    const { refresh_token: next = '' } = await issuer.issue(grantOf(deps))
    const { access_token: second } = await issuer.refresh(next)
    expect(decodeJwt(second).iat).toBe(Math.floor((refreshed + 2_500) / 1000))
  })
})
