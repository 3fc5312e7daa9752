import { type Commit, subjectOf } from '@gateway/bus'
import type { AuditType } from '@gateway/contracts'
import { aggregates, toJwks } from '@gateway/contracts'
import { testDeps } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { AssertionKey } from './assertion/assertion-key.ts'
import { CatalogueView } from './domain/catalogue.ts'
import { RevocationsView } from './domain/revocations.ts'
import { createProjections, KeysView } from './projections.ts'
import { createSigner } from './test-support/tokens.ts'

async function world() {
  const { bus, clock, log } = await testDeps()
  const recorded: AuditType[] = []
  const audit = {
    record: (type: AuditType) => void recorded.push(type),
    admits: () => true,
    close: async () => undefined,
  }
  const views = {
    catalogue: new CatalogueView('http://localhost:8080'),
    keys: new KeysView(),
    revocations: new RevocationsView(1),
    assertionKey: new AssertionKey({ bus, clock, log }),
  }
  const append = (subject: string, version: number, state: unknown) => {
    const commit: Commit = { id: `c.${version}`, version, at: 0, actor: 'operator', events: [], state, stateVersion: 1 }
    return bus.publish(subject, `${subject}.${version}`, commit)
  }
  return { views, recorded, append, projections: createProjections({ bus, audit, log }, views) }
}
const ringSubject = subjectOf(aggregates.signingKey, 'access-token')

describe('the projected keys', () => {
  it('are the JWK Set that the ring publishes, keys ahead of use included (RFC 7517 §5)', async () => {
    const { views, append, projections } = await world()
    const [active, pending] = [createSigner('k1').ring, createSigner('k2').ring]
    const ring = { ...active, keys: [...active.keys, { ...pending.keys[0]!, status: 'pending' as const }] }
    await append(ringSubject, 1, ring)
    await projections.start()
    expect(views.keys.jwks()).toEqual(toJwks(ring))
    expect(views.keys.get('k2')?.alg).toBe('ES256')
    await projections.stop()
  })

  it('stay the same objects while their ring changes, so that what they verified stays verified', async () => {
    const { views, append, projections } = await world()
    const [first, second] = [createSigner('k1').ring, createSigner('k2').ring]
    await append(ringSubject, 1, first)
    await projections.start()
    const known = views.keys.get('k1')
    await append(ringSubject, 2, { ...first, keys: [...first.keys, ...second.keys] })
    await expect.poll(() => views.keys.get('k2')).toBeDefined()
    expect(views.keys.get('k1')).toBe(known)
    await append(ringSubject, 3, second)
    await expect.poll(() => views.keys.get('k1')).toBeUndefined()
    await projections.stop()
  })

  it('are those of access tokens alone: an assertion key verifies none', async () => {
    const { views, append, projections } = await world()
    await append(subjectOf(aggregates.signingKey, 'assertion'), 1, { ...createSigner('a1').ring, ring: 'assertion' })
    await projections.start()
    expect([views.keys.get('a1'), views.keys.jwks()]).toEqual([undefined, { keys: [] }])
    await projections.stop()
  })
})

describe('a jump in the versions of an aggregate', () => {
  it('is reported, and the state after it is used', async () => {
    const { views, recorded, append, projections } = await world()
    await append(ringSubject, 1, createSigner('k1').ring)
    await append(ringSubject, 3, createSigner('k3').ring)
    await projections.start()
    expect(recorded).toEqual(['audit.gap.commits-missed'])
    expect(views.keys.get('k3')).toBeDefined()
    await projections.stop()
  })
})
