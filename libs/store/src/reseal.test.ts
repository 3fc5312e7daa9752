import { Keyring, Secret, sealedKeyId, Unavailable } from '@gateway/kernel'
import { fakeClock } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { faulty } from './contract/faulty.ts'
import { encrypted } from './encrypted.ts'
import { memoryStore } from './memory/memory-store.ts'
import { namespaced } from './namespaced.ts'
import type { KeyValue } from './ports.ts'
import { type ResealReport, reseal } from './reseal.ts'

const secretOf = (id: string) => ({ id, secret: new Secret(`secret of ${id}`) })
const before = new Keyring('k1', [secretOf('k1')])
const during = new Keyring('k2', [secretOf('k2'), secretOf('k1')])
const after = new Keyring('k2', [secretOf('k2')])

const bytes = (text: string) => new TextEncoder().encode(text)
/** As every service opens its part of the shared store. */
const serviceStore = (shared: KeyValue, keyring: Keyring, service: string) =>
  encrypted(namespaced(shared, service), keyring, service)

async function keyIdsIn(shared: KeyValue): Promise<Record<string, string | undefined>> {
  const { keys } = await shared.list('', { limit: 1_000 })
  const found = keys.map(async (key) => [key, sealedKeyId((await shared.get(key))!.value)] as const)
  return Object.fromEntries(await Promise.all(found))
}

describe('resealing', () => {
  it('rewrites what is sealed with an old key, of every service, so that the old key can go', async () => {
    const shared = memoryStore()
    await serviceStore(shared, before, 'token-issuer').put('signing-key:a', bytes('private'))
    await serviceStore(shared, before, 'provider-bridge').put('profile:b', bytes('profile'))
    await serviceStore(shared, during, 'provider-bridge').put('profile:c', bytes('newer'))
    expect(await reseal(shared, during)).toEqual({ resealed: 2, current: 1, unreadable: [] })
    expect(new Set(Object.values(await keyIdsIn(shared)))).toEqual(new Set(['k2']))
    expect((await serviceStore(shared, after, 'token-issuer').get('signing-key:a'))?.value).toEqual(bytes('private'))
    expect((await serviceStore(shared, after, 'provider-bridge').get('profile:b'))?.value).toEqual(bytes('profile'))
  })

  it('may be done again: then nothing is left to do', async () => {
    const shared = memoryStore()
    await serviceStore(shared, before, 'registry').put('k', bytes('v'))
    await reseal(shared, during)
    expect(await reseal(shared, during)).toEqual({ resealed: 0, current: 1, unreadable: [] })
  })

  it('keeps every lifetime: of what ends, and of what does not', async () => {
    const clock = fakeClock()
    const shared = memoryStore({ clock })
    const old = serviceStore(shared, before, 'auth-server')
    await old.put('over', bytes('v'), { ttlMs: 500 })
    await old.put('ends', bytes('v'), { ttlMs: 10_000 })
    await old.put('stays', bytes('v'))
    clock.advance(1_000)
    expect(await reseal(shared, during)).toMatchObject({ resealed: 2, current: 0 })
    const now = serviceStore(shared, after, 'auth-server')
    clock.advance(8_999)
    expect(await now.get('ends')).toBeDefined()
    clock.advance(1)
    expect(await now.get('ends')).toBeUndefined()
    expect(await now.get('stays')).toBeDefined()
  })

  it('goes through many values in pages, and tells how far it is', async () => {
    const shared = memoryStore()
    const old = serviceStore(shared, before, 'registry')
    for (let index = 0; index < 250; index++) await old.put(`k${index}`, bytes(String(index)))
    const told: number[] = []
    const onPage = ({ resealed }: ResealReport) => told.push(resealed)
    expect(await reseal(shared, during, { pageSize: 100, onPage })).toMatchObject({ resealed: 250 })
    expect(told).toEqual([100, 200, 250])
  })

  it('never overwrites what somebody writes meanwhile', async () => {
    const shared = memoryStore()
    await serviceStore(shared, before, 'registry').put('k', bytes('old'))
    let writes = 0
    const contended: KeyValue = Object.create(shared, {
      get: {
        value: async (key: string) => {
          const entry = await shared.get(key)
          // Twice by a replica that has the old configuration still, then by one that has the new one.
          writes += 1
          const keyring = writes <= 2 ? before : during
          if (writes <= 3) await serviceStore(shared, keyring, 'registry').put('k', bytes(`write ${writes}`))
          return entry
        },
      },
      list: { value: shared.list.bind(shared) },
      compareAndSet: { value: shared.compareAndSet.bind(shared) },
    }) as KeyValue
    expect(await reseal(contended, during)).toEqual({ resealed: 0, current: 1, unreadable: [] })
    expect((await serviceStore(shared, after, 'registry').get('k'))?.value).toEqual(bytes('write 3'))
  })

  it('names what it cannot open, with the key that is missing, leaves it alone and goes on', async () => {
    const shared = memoryStore()
    const forgotten = new Keyring('k0', [secretOf('k0')])
    await serviceStore(shared, forgotten, 'registry').put('lost', bytes('v'))
    await shared.put('registry:plain', bytes('never sealed'))
    await shared.put('no-namespace', bytes('never sealed'))
    await serviceStore(shared, before, 'registry').put('fine', bytes('v'))
    const untouched = await shared.get('registry:lost')
    const { resealed, unreadable } = await reseal(shared, during)
    expect(resealed).toBe(1)
    expect(Object.fromEntries(unreadable.map(({ key, missingKeyId }) => [key, missingKeyId]))).toEqual({
      'no-namespace': undefined,
      'registry:lost': 'k0',
      'registry:plain': undefined,
    })
    expect(await shared.get('registry:lost')).toEqual(untouched)
  })

  it('opens nothing that was moved to another service', async () => {
    const shared = memoryStore()
    await serviceStore(shared, before, 'registry').put('k', bytes('v'))
    await shared.put('token-issuer:k', (await shared.get('registry:k'))!.value)
    const { unreadable } = await reseal(shared, during)
    expect(unreadable.map(({ key }) => key)).toEqual(['token-issuer:k'])
  })

  it('reports an outage, and can be begun again', async () => {
    const backend = memoryStore()
    await serviceStore(backend, before, 'registry').put('k', bytes('v'))
    const network = faulty(backend, (behind) => behind)
    await network.cut()
    await expect(reseal(network.store, during)).rejects.toThrow(Unavailable)
    await network.mend()
    expect(await reseal(network.store, during)).toMatchObject({ resealed: 1 })
  })
})
