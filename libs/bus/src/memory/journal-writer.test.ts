/** What a bus does when its journal fails: nobody is told of a fact that is not kept, and nothing that is kept is forgotten. */
import { Misconfigured, Unavailable } from '@gateway/kernel'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Journal, JournalBatch } from '../ports.ts'
import { journalledBus, type MemoryBus } from './bus.ts'

const A = 'evt.test.thing.a'

/** Keeps its texts in a map, and fails as it is told to. */
class Scripted implements Journal {
  readonly texts = new Map<string, string>()
  readonly batches: JournalBatch[] = []
  write = async (batch: JournalBatch) => this.keep(batch)
  settle: Journal['settle'] = async () => false

  keep(batch: JournalBatch): void {
    this.batches.push(batch)
    for (const [key, text] of batch.puts) this.texts.set(key, text)
    for (const key of batch.removes) this.texts.delete(key)
  }

  async *load() {
    yield* this.texts
  }

  async close() {}
}

describe('a bus whose journal fails', () => {
  let journal: Scripted
  let bus: MemoryBus
  let failures: unknown[]

  beforeEach(async () => {
    journal = new Scripted()
    failures = []
    bus = await journalledBus({ journal, onFailure: (error) => failures.push(error) })
    await bus.ensureStream({
      name: 'EVT_THINGS',
      subjects: ['evt.test.thing.*'],
      discard: 'new',
      appendOnly: false,
      replicas: 1,
    })
  })

  it('shows a fact to nobody before it is kept', async () => {
    const gate = Promise.withResolvers<void>()
    journal.write = async (batch) => {
      await gate.promise
      journal.keep(batch)
    }
    const appending = bus.append(A, 'r1.0', 1, 0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(await bus.last(A)).toBeUndefined()
    gate.resolve()
    await appending
    expect(await bus.last(A)).toMatchObject({ id: 'r1.0' })
  })

  it('writes what is asked meanwhile as one batch', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => bus.publish(`evt.test.thing.${n}`, `e${n}`, n)))
    expect(journal.batches.map(({ puts }) => puts.length)).toEqual([50])
  })

  it('forgets what is certainly not kept, and takes up its work again', async () => {
    const outage = new Unavailable('store')
    journal.write = () => Promise.reject(outage)
    await expect(bus.append(A, 'r1.0', 1, 0)).rejects.toMatchObject({ name: 'Unavailable', cause: outage })
    await vi.waitFor(() => expect(bus.status()).toBe('up'))
    expect(await bus.last(A)).toBeUndefined()
    journal.write = async (batch) => journal.keep(batch)
    expect(await bus.append(A, 'r2.0', 2, 0)).toEqual({ sequence: 1 })
    expect(failures).toEqual([outage])
  })

  it('finds what was kept although nobody heard of it', async () => {
    journal.write = async (batch) => {
      journal.keep(batch)
      throw new Unavailable('store')
    }
    journal.settle = async () => true
    await expect(bus.append(A, 'r1.0', 1, 0)).rejects.toBeInstanceOf(Unavailable)
    await vi.waitFor(async () => expect(await bus.last(A)).toMatchObject({ id: 'r1.0', sequence: 1 }))
  })

  it('takes nothing, at once, while the journal does not know; reads go on', async () => {
    await bus.append(A, 'r1.0', 1, 0)
    journal.write = () => Promise.reject(new Unavailable('store'))
    journal.settle = () => Promise.reject(new Unavailable('store'))
    await expect(bus.append(A, 'r2.0', 2, 1)).rejects.toBeInstanceOf(Unavailable)
    expect(bus.status()).toBe('down')
    await expect(bus.publish(A, 'e3', 3)).rejects.toBeInstanceOf(Unavailable)
    expect(await bus.last(A)).toMatchObject({ id: 'r1.0' })
    journal.settle = async () => false
    await vi.waitFor(() => expect(bus.status()).toBe('up'))
    await bus.close()
  })

  it('is over when another process has taken the journal', async () => {
    const taken = new Misconfigured(['taken'])
    journal.write = () => Promise.reject(taken)
    journal.settle = () => Promise.reject(taken)
    await expect(bus.append(A, 'r1.0', 1, 0)).rejects.toMatchObject({ name: 'Unavailable', cause: taken })
    expect(bus.status()).toBe('down')
    await expect(bus.append(A, 'r1.0', 1, 0)).rejects.toBeInstanceOf(Unavailable)
    expect(failures).toEqual([taken])
    await bus.close()
  })

  it('starts with nothing that it cannot read', async () => {
    journal.texts.set('message/EVT_THINGS/1', '{"subject":"evt.test.thing.a"}')
    await expect(journalledBus({ journal })).rejects.toThrow('no record of it: "message/EVT_THINGS/1"')
  })
})
