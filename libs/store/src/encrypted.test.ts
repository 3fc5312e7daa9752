import { Keyring, Secret, Unavailable } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { FAULTY_TIMEOUT_MS, faulty } from './contract/faulty.ts'
import { keyValueContract } from './contract/key-value.ts'
import { outageContract } from './contract/outage.ts'
import { encrypted, UnreadableValue } from './encrypted.ts'
import { memoryStore } from './memory/memory-store.ts'
import { namespaced } from './namespaced.ts'
import type { KeyValue } from './ports.ts'

const secretOf = (id: string) => ({ id, secret: new Secret(`secret of ${id}`) })
const keyring = new Keyring('k1', [secretOf('k1')])

keyValueContract(
  'a sealed namespace',
  async () => {
    let now = 0
    const wait = async (ms: number) => {
      now += ms
    }
    return { store: encrypted(namespaced(memoryStore({ clock: () => now }), 'registry'), keyring, 'registry'), wait }
  },
  { accuracyMs: 1 },
)

outageContract(
  'a sealed namespace',
  async () => faulty(memoryStore(), (store) => encrypted(namespaced(store, 'registry'), keyring, 'registry')),
  { reportedWithinMs: 50, timeoutMs: FAULTY_TIMEOUT_MS },
)

const value = new TextEncoder().encode('a token of the upstream provider')

/** The error of reading `key`, which must be an outage, and its cause. */
async function outage(store: KeyValue, key: string): Promise<UnreadableValue> {
  const error: unknown = await store.get(key).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Unavailable)
  const { cause } = error as Unavailable
  expect(cause).toBeInstanceOf(UnreadableValue)
  return cause as UnreadableValue
}

describe('a sealed value', () => {
  it('is not readable in the backend', async () => {
    const backend = memoryStore()
    await encrypted(backend, keyring, 'registry').put('k', value)
    const stored = Buffer.from((await backend.get('k'))?.value ?? [])
    expect(stored.includes('token')).toBe(false)
    expect(stored.length).toBeGreaterThan(value.length)
  })

  it('stays readable after the active key was replaced, for as long as its own is in the ring', async () => {
    const backend = memoryStore()
    await encrypted(backend, keyring, 'registry').put('k', value)
    const rotated = encrypted(backend, new Keyring('k2', [secretOf('k2'), secretOf('k1')]), 'registry')
    expect((await rotated.get('k'))?.value).toEqual(value)
  })

  it('under a key that is not configured is an outage that names place and key, never an absence', async () => {
    const backend = memoryStore()
    await encrypted(backend, keyring, 'registry').put('k', value)
    const cause = await outage(encrypted(backend, new Keyring('k2', [secretOf('k2')]), 'registry'), 'k')
    expect([cause.key, cause.missingKeyId]).toEqual(['k', 'k1'])
    expect(cause.message).toBe('the stored value k is sealed with the sealing key "k1", which is not configured')
  })

  it('that was damaged is an outage, and its content is not repeated', async () => {
    const backend = memoryStore()
    const store = encrypted(backend, keyring, 'registry')
    await store.put('k', value)
    const stored = (await backend.get('k'))?.value ?? new Uint8Array()
    stored[stored.length - 1] = (stored.at(-1) ?? 0) ^ 1
    await backend.put('k', stored)
    expect((await outage(store, 'k')).message).toBe('the stored value k is damaged or was sealed for another place')
    await expect(store.take('k')).rejects.toThrow(Unavailable)
  })

  it.each([new Uint8Array(), new Uint8Array([1, 40]), value])('that never was one is an outage: %j', async (plain) => {
    const backend = memoryStore()
    await backend.put('k', plain)
    expect((await outage(encrypted(backend, keyring, 'registry'), 'k')).missingKeyId).toBeUndefined()
  })

  it('does not open under another key of the store, nor as another owner', async () => {
    const backend = memoryStore()
    const store = encrypted(backend, keyring, 'registry')
    await store.put('k', value)
    await backend.put('moved', (await backend.get('k'))?.value ?? value)
    expect((await outage(store, 'moved')).key).toBe('moved')
    expect((await outage(encrypted(backend, keyring, 'provider-bridge'), 'k')).key).toBe('k')
  })

  it('can be written over', async () => {
    const backend = memoryStore()
    const store = encrypted(backend, keyring, 'registry')
    await backend.put('k', value)
    await store.put('k', value)
    expect((await store.get('k'))?.value).toEqual(value)
  })
})
