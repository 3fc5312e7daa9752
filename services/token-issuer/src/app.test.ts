import { listParked, type StoredMessage } from '@gateway/bus'
import { memoryBus } from '@gateway/bus/memory'
import { aggregates, durables, rotateKey, sources, streams } from '@gateway/contracts'
import { fakeClock, testDeps } from '@gateway/testing'
import { pino } from 'pino'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from './app.ts'
import { KeyRingView } from './domain/key-ring-view.ts'
import { grantOf, startIssuer } from './test-support/issuer.ts'

let deps: Awaited<ReturnType<typeof testDeps>>

beforeEach(async () => {
  deps = await testDeps()
})

describe('the token-issuer', () => {
  it('is ready once both rings have a key that signs', async () => {
    const app = await createApp(deps)
    expect(app.checks()).toEqual([
      { name: 'bus', ok: true, detail: 'up' },
      { name: 'signing keys', ok: false, detail: 'no active key: access-token, assertion' },
    ])
    await app.start()
    expect(app.checks()).toEqual([
      { name: 'bus', ok: true, detail: 'up' },
      { name: 'signing keys', ok: true },
    ])
    await app.stop()
  })

  it('restarts with the keys it had', async () => {
    const issuer = await startIssuer(deps)
    const before = await issuer.jwks('access-token')
    for (const app of issuer.apps) await app.stop()
    const restarted = await startIssuer(deps)
    expect(await restarted.jwks('access-token')).toEqual(before)
  })

  it('serves nothing after it stopped', async () => {
    const issuer = await startIssuer(deps)
    for (const app of issuer.apps) await app.stop()
    await expect(issuer.jwks('access-token')).rejects.toMatchObject({ dependency: 'token-issuer' })
  })

  it('tells each step of a key and of a family in the audit once, whatever number of replicas there are', async () => {
    const issuer = await startIssuer(deps, 3)
    const grant = grantOf(deps)
    const { refresh_token: token = '' } = await issuer.issue(grant, 'request-1')
    await issuer.refresh(token)
    await issuer.revoke(token)
    await vi.waitFor(() => expect(issuer.audit()).toHaveLength(7))
    const told = issuer.audit().map(({ type, data }) => `${type} ${data.reason ?? ''}`)
    expect(told.toSorted()).toEqual([
      'audit.key.changed activated',
      'audit.key.changed activated',
      'audit.key.changed created',
      'audit.key.changed created',
      'audit.token.issued ',
      'audit.token.refreshed rotated',
      'audit.token.revoked family',
    ])
    expect(issuer.audit().find(({ type }) => type === 'audit.token.issued')).toMatchObject({
      id: expect.stringMatching(/^token-issuer--audit-token-families\.request-1\.[\w-]+\.0$/),
      source: '/services/token-issuer',
      subject: 'custom:alice',
      data: {
        decision: 'allowed',
        sub: 'custom:alice',
        client_id: 'client-a',
        resource: grant.resource,
        scopes: grant.scopes,
        family: grant.family,
        actor: 'user:custom:alice',
        request_id: 'request-1',
        commit: expect.stringMatching(/^request-1\.[\w-]+$/),
      },
    })
  })

  it('puts no token, key or personal data into a fact, an audit event, a stored key or a log line', async () => {
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
    deps = await testDeps({ log })
    const issuer = await startIssuer(deps)
    const answer = await issuer.issue(grantOf(deps, { scopes: ['read', 'openid'] }))
    const rotated = await issuer.refresh(answer.refresh_token ?? '')
    await issuer.revoke(rotated.access_token)
    deps.clock.advance(31_000)
    await issuer.refresh(answer.refresh_token ?? '').catch(() => undefined)
    await vi.waitFor(() => expect(issuer.audit().map(({ type }) => type)).toContain('audit.token.reused'))

    const messages: StoredMessage[] = []
    const view = { reset: () => undefined, apply: (message: StoredMessage) => messages.push(message) }
    for (const { name, subjects } of Object.values(streams)) {
      for (const subject of subjects) await (await deps.bus.project({ stream: name, subject }, view)).caughtUp
    }
    const written = JSON.stringify([messages, (await deps.store.list('')).keys, lines])
    const tokens = [answer, rotated].flatMap((one) => [one.access_token, one.id_token ?? '', one.refresh_token ?? ''])
    const parts = tokens.flatMap((token) => [token, token.slice(token.lastIndexOf('.') + 1)])
    for (const secret of [...parts, '"d":', 'PRIVATE', 'alice@example.com', 'Ångström']) {
      expect(written).not.toContain(secret)
    }
  })
})

describe('a fact that cannot be read', () => {
  it('is parked by each durable that reads it, with its place; the rest goes on', async () => {
    deps = await testDeps({ bus: memoryBus({ clock: fakeClock(), onFailure: () => undefined }) })
    const subject = `${aggregates.tokenFamily}.broken`
    await deps.bus.append(subject, 'broken', { no: 'commit' }, 0)
    const issuer = await startIssuer(deps)
    await issuer.issue(grantOf(deps))
    await vi.waitFor(() => expect(issuer.audit().map(({ type }) => type)).toContain('audit.token.issued'))
    const readers = [durables.auditTokenFamilies, durables.familiesByUser, durables.revokedFamilies]
    await vi.waitFor(async () => expect(await listParked(deps.bus, 'token-issuer')).toHaveLength(readers.length))
    const parked = await listParked(deps.bus, 'token-issuer')
    expect(parked.map(({ durable }) => durable).toSorted()).toEqual(readers.map(({ name }) => name).toSorted())
    for (const one of parked) expect(one).toMatchObject({ subject, sequence: 1, reason: 'no commit' })
  })

  it('is parked when a newer version wrote an event that is not known here', async () => {
    deps = await testDeps({ bus: memoryBus({ clock: fakeClock(), onFailure: () => undefined }) })
    const state = { ring: 'access-token', keys: [] }
    const commit = {
      id: 'r.0',
      version: 1,
      at: 0,
      actor: 'operator',
      events: [{ type: 'KeyPolished' }],
      state,
      stateVersion: 1,
    }
    await deps.bus.append(`${aggregates.signingKey}.x`, commit.id, commit, 0)
    await startIssuer(deps)
    await vi.waitFor(async () => expect(await listParked(deps.bus, 'token-issuer')).toHaveLength(1))
    expect(await listParked(deps.bus, 'token-issuer')).toMatchObject([
      { durable: durables.auditKeys.name, reason: 'unknown event "KeyPolished"' },
    ])
  })
})

describe('what replicas hold in memory', () => {
  it('is the same as the stream folded afresh', async () => {
    const [view, other] = [new KeyRingView(), new KeyRingView()]
    const issuer = await startIssuer(deps, 2)
    await issuer.ask(rotateKey, { ring: 'assertion' })
    for (const one of [view, other]) await (await deps.bus.project(sources.keys, one)).caughtUp
    expect(view.snapshot()).toEqual(other.snapshot())
    expect(view.snapshot()).not.toEqual(view.fresh().snapshot())
  })
})
