import { describe, expect, it } from 'vitest'
import { FAULTY_TIMEOUT_MS, faulty } from './contract/faulty.ts'
import { keyValueContract } from './contract/key-value.ts'
import { outageContract } from './contract/outage.ts'
import { memoryStore } from './memory/memory-store.ts'
import { namespaced } from './namespaced.ts'

keyValueContract(
  'a namespace',
  async () => {
    let now = 0
    const shared = memoryStore({ clock: () => now })
    await shared.put('foreign', new Uint8Array(1))
    const wait = async (ms: number) => {
      now += ms
    }
    return { store: namespaced(shared, 'registry'), wait }
  },
  { accuracyMs: 1 },
)

outageContract('a namespace', async () => faulty(memoryStore(), (store) => namespaced(store, 'registry')), {
  reportedWithinMs: 50,
  timeoutMs: FAULTY_TIMEOUT_MS,
})

describe('namespaces of one store', () => {
  it('do not see one another, even where one name begins with the other', async () => {
    const shared = memoryStore()
    const a = namespaced(shared, 'a')
    const ab = namespaced(shared, 'ab')
    await a.put('k', new Uint8Array([1]))
    await ab.put('k', new Uint8Array([2]))
    expect((await a.get('k'))?.value).toEqual(new Uint8Array([1]))
    expect((await a.list('')).keys).toEqual(['k'])
    expect((await shared.list('')).keys.toSorted()).toEqual(['a:k', 'ab:k'])
  })
})
