import { type Decider, keyOf, Refusal, Unavailable, Unreadable, VersionConflict } from '@gateway/kernel'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Commit } from './commit.ts'
import { requestIdOf, subjectOf } from './commit.ts'
import { type Aggregate, handle, load } from './handle.ts'
import { type MemoryBus, memoryBus } from './memory/index.ts'
import type { EventStore } from './ports.ts'

/** A counter with a ceiling: small enough to see what the handling does. */
type Counted = { readonly type: 'Counted'; readonly by: number }
type Count = { readonly type: 'Count'; readonly by: number }
const decider: Decider<{ readonly total: number }, Count, Counted> = {
  initial: { total: 0 },
  evolve: (state, event) => ({ total: state.total + event.by }),
  decide: (state, command) => {
    if (state.total + command.by > 100) throw new Refusal('too_many', { total: state.total })
    return command.by === 0 ? [] : [{ type: 'Counted', by: command.by }]
  },
}
const counter: Aggregate<{ readonly total: number }, Count, Counted> = {
  prefix: 'evt.test.counter',
  decider,
  stateVersion: 1,
}

const count = (by: number): Count => ({ type: 'Count', by })
const context = (requestId: string) => ({ requestId, actor: 'user:1', at: 1_000 })

const idOf = (requestId: string, attempt: number) =>
  `${requestId}.${keyOf(subjectOf(counter.prefix, 'a')).slice(0, 8)}-${attempt}`

/** The store of the test with another behaviour of `append`. */
const withAppend = (bus: EventStore, append: EventStore['append']): EventStore => ({
  last: (subject) => bus.last(subject),
  append,
})

describe('handling a command', () => {
  let bus: MemoryBus

  beforeEach(async () => {
    bus = memoryBus()
    await bus.ensureStream({
      name: 'EVT_COUNTERS',
      subjects: ['evt.test.counter.*'],
      discard: 'new',
      appendOnly: false,
      replicas: 1,
    })
  })

  const lastCommit = async () => (await bus.last(subjectOf(counter.prefix, 'a')))?.data as Commit
  const appendAs = (requestId: string, by: number) => handle(bus, counter, 'a', count(by), context(requestId))

  it('makes one commit of one decision, with the state after it', async () => {
    await appendAs('r1', 2)
    const decided = await appendAs('r2', 3)
    expect(decided).toEqual({
      state: { total: 5 },
      version: 2,
      sequence: 2,
      events: [{ type: 'Counted', by: 3 }],
      repeated: false,
    })
    expect(await lastCommit()).toEqual({
      id: idOf('r2', 0),
      version: 2,
      at: 1_000,
      actor: 'user:1',
      events: [{ type: 'Counted', by: 3 }],
      state: { total: 5 },
      stateVersion: 1,
    })
  })

  it('appends nothing when there is nothing to do', async () => {
    expect(await appendAs('r1', 0)).toEqual({
      state: { total: 0 },
      version: 0,
      sequence: 0,
      events: [],
      repeated: false,
    })
    expect(await bus.last(subjectOf(counter.prefix, 'a'))).toBeUndefined()
  })

  it('appends nothing when the decision is a refusal', async () => {
    await expect(appendAs('r1', 101)).rejects.toMatchObject({ code: 'too_many' })
    expect(await bus.last(subjectOf(counter.prefix, 'a'))).toBeUndefined()
  })

  it('decides again on the new state when the race was lost, with an id of its own', async () => {
    let raced = false
    const store = withAppend(bus, async (subject, id, data, expected) => {
      if (!raced) {
        raced = true
        await appendAs('faster', 40)
      }
      return bus.append(subject, id, data, expected)
    })
    const decided = await handle(store, counter, 'a', count(5), context('r1'))
    expect(decided).toMatchObject({ state: { total: 45 }, version: 2, repeated: false })
    expect(await lastCommit()).toMatchObject({ id: idOf('r1', 1) })
  })

  it('refuses on the state that the winner of the race left', async () => {
    let raced = false
    const store = withAppend(bus, async (subject, id, data, expected) => {
      if (!raced) {
        raced = true
        await appendAs('faster', 98)
      }
      return bus.append(subject, id, data, expected)
    })
    await expect(handle(store, counter, 'a', count(5), context('r1'))).rejects.toMatchObject({ detail: { total: 98 } })
  })

  it('answers a repeated request with the first outcome', async () => {
    const first = await appendAs('r1', 2)
    expect(await appendAs('r1', 2)).toEqual({ ...first, repeated: true })
    expect(await appendAs('r1', 99)).toEqual({ ...first, repeated: true })
  })

  it('keeps what one request decides on two aggregates of one stream, which stores an id once', async () => {
    await appendAs('r1', 2)
    const other = await handle(bus, counter, 'b', count(3), context('r1'))
    expect(other).toMatchObject({ state: { total: 3 }, version: 1, sequence: 2, repeated: false })
    const commit = (await bus.last(subjectOf(counter.prefix, 'b')))?.data as Commit
    expect(commit.state).toEqual({ total: 3 })
    expect([requestIdOf(commit), requestIdOf(await lastCommit())]).toEqual(['r1', 'r1'])
  })

  it('takes no other request for its own because their ids begin alike', async () => {
    await appendAs('r1', 2)
    expect(await appendAs('r', 3)).toMatchObject({ version: 2, repeated: false })
    expect(await appendAs('r11', 4)).toMatchObject({ version: 3, repeated: false })
  })

  it('finds its own commit when the answer to the append was lost', async () => {
    let lost = false
    const store = withAppend(bus, async (subject, id, data, expected) => {
      const stored = await bus.append(subject, id, data, expected)
      if (lost) return stored
      lost = true
      throw new VersionConflict(subject)
    })
    expect(await handle(store, counter, 'a', count(5), context('r1'))).toMatchObject({ version: 1, repeated: true })
    expect(await lastCommit()).toMatchObject({ id: idOf('r1', 0), version: 1 })
  })

  it('sends the same bytes again after a conflict that left the sequence as it was', async () => {
    const sent: unknown[] = []
    const store = withAppend(bus, async (subject, id, data, expected) => {
      sent.push({ id, data, expected })
      if (sent.length === 1) throw new VersionConflict(subject)
      return bus.append(subject, id, data, expected)
    })
    await handle(store, counter, 'a', count(5), context('r1'))
    expect(sent).toHaveLength(2)
    expect(sent[1]).toEqual(sent[0])
    expect(await lastCommit()).toMatchObject({ id: idOf('r1', 0) })
  })

  it('is unavailable after five races lost in a row', async () => {
    let races = 0
    const store = withAppend(bus, async (subject, id, data, expected) => {
      await appendAs(`faster${++races}`, 1)
      return bus.append(subject, id, data, expected)
    })
    const error = await handle(store, counter, 'a', count(5), context('r1')).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Unavailable)
    expect(error).toMatchObject({ dependency: 'bus', retryAfterSeconds: 1 })
    expect(races).toBe(5)
  })

  it('decides nothing anew after it was frozen between reading and appending', async () => {
    const now = performance.now()
    const store = withAppend(bus, async (subject, id, data, expected) => {
      await appendAs('meanwhile', 1)
      vi.spyOn(performance, 'now').mockReturnValue(now + 10_000)
      return bus.append(subject, id, data, expected)
    })
    await expect(handle(store, counter, 'a', count(5), context('r1'))).rejects.toBeInstanceOf(Unavailable)
    vi.restoreAllMocks()
    expect(await load(bus, counter, 'a')).toMatchObject({ state: { total: 1 } })
  })

  it('lets an outage through as it is', async () => {
    const outage = new Unavailable('bus')
    const store = withAppend(bus, () => Promise.reject(outage))
    await expect(handle(store, counter, 'a', count(5), context('r1'))).rejects.toBe(outage)
  })

  it('keeps every one of a burst of commands', async () => {
    const burst = Array.from({ length: 4 }, (_, n) => appendAs(`r${n}`, 1))
    await Promise.all(burst)
    expect(await load(bus, counter, 'a')).toEqual({ state: { total: 4 }, version: 4, sequence: 4 })
  })
})

describe('reading a state of another version', () => {
  const storeOf = (commit: unknown): EventStore => ({
    last: async (subject) => ({ subject, sequence: 7, id: 'r1.0', time: 0, data: commit }),
    append: () => Promise.reject(new TypeError('not in these cases')),
  })
  const commit = { id: 'r1.0', version: 3, at: 0, actor: 'operator', events: [], state: { sum: 9 }, stateVersion: 1 }
  const newer = {
    ...counter,
    stateVersion: 2,
    upcast: (old: Commit) => ({ total: (old.state as { sum: number }).sum }),
  }

  it('upcasts an older one', async () => {
    expect(await load(storeOf(commit), newer, 'a')).toEqual({ state: { total: 9 }, version: 3, sequence: 7 })
  })

  it('does not guess at a newer one, which an old replica meets during an upgrade', async () => {
    await expect(load(storeOf({ ...commit, stateVersion: 9 }), newer, 'a')).rejects.toMatchObject({
      cause: new Unreadable(`${subjectOf(counter.prefix, 'a')}: state version 9, and only 2 and older are known here`),
    })
  })

  it('does not guess at an older one without an upcast', async () => {
    await expect(load(storeOf(commit), { ...newer, upcast: undefined as never }, 'a')).rejects.toBeInstanceOf(
      Unavailable,
    )
  })

  it.each([undefined, null, 'text', {}, { ...commit, version: '3' }])(
    'is unavailable for %j, which is no commit, and says where it is',
    async (data) => {
      const cause = new Unreadable(`${subjectOf(counter.prefix, 'a')}: the last message is no commit`)
      await expect(load(storeOf(data), counter, 'a')).rejects.toMatchObject({ dependency: 'bus', cause })
    },
  )
})
