import { describe, expect, it } from 'vitest'
import { keyValueContract } from '../contract/key-value.ts'
import { memoryStore } from './memory-store.ts'

function subject() {
  let now = 0
  const wait = async (ms: number) => {
    now += ms
  }
  return { store: memoryStore({ clock: () => now }), wait }
}

keyValueContract('memory', async () => subject(), { accuracyMs: 1 })

describe('the memory store', () => {
  it('removes what has expired by itself, a few entries with each write', async () => {
    const { store, wait } = subject()
    for (let index = 0; index < 1_000; index++) await store.put(`old:${index}`, new Uint8Array(1), { ttlMs: 10 })
    await wait(10)
    for (let index = 0; index < 600; index++) await store.put(`new:${index}`, new Uint8Array(1))
    expect(store.size).toBe(600)
  })

  it('forgets everything when it is closed', async () => {
    const { store } = subject()
    await store.put('k', new Uint8Array(1))
    await store.close()
    expect(store.size).toBe(0)
  })
})
