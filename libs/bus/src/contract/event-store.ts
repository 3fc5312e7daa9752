/** What every event store does, whoever keeps the streams. */
import { keyOf, Unavailable, VersionConflict } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { subjectOf } from '../commit.ts'
import { type Aggregate, handle, load } from '../handle.ts'
import { type Adapter, eachInItsOwnWorld, eventually } from './under-test.ts'

/** Ids as strangers choose them; a client id may be a URL, and the driver lets a line break inject protocol commands. */
const HOSTILE_IDS = {
  'a URL': 'https://client.example/metadata.json?a=b#c',
  'a line break': 'x 2\r\nhi\r\nPUB evt.injected 4\r\nevil',
  'a star': '*',
  'a greater-than sign': '>',
  nothing: '',
  'an empty token': 'a..b',
  'white space': 'a b\tc',
  'other alphabets': 'ünïcödé\u0000',
  '9,000 characters': 'x'.repeat(9_000),
}

export function eventStoreContract(name: string, adapter: Adapter): void {
  describe(`${name} as event store`, () => {
    const world = eachInItsOwnWorld(adapter)

    it('has no last message of a subject that was never written', async () => {
      await world().ensureStream()
      expect(await world().bus.last(world().subject('a'))).toBeUndefined()
    })

    it('reads back what was appended, with its id, its place and its time', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      const { sequence } = await bus.append(subject('a'), 'r1.0', { text: 'hé', list: [1, null] }, 0)
      const last = await bus.last(subject('a'))
      expect(last).toMatchObject({ subject: subject('a'), id: 'r1.0', sequence, data: { text: 'hé', list: [1, null] } })
      expect(Math.abs((last?.time ?? 0) - Date.now())).toBeLessThan(60_000)
    })

    it('counts sequences per stream and checks them per subject', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      const first = await bus.append(subject('a'), 'r1.0', 1, 0)
      const other = await bus.append(subject('b'), 'r2.0', 2, 0)
      const second = await bus.append(subject('a'), 'r3.0', 3, first.sequence)
      expect([first.sequence, other.sequence, second.sequence]).toEqual([1, 2, 3])
      expect(await bus.last(subject('a'))).toMatchObject({ id: 'r3.0' })
    })

    it.each([0, 1, 99])('refuses an append that expects %i when the last one is 2', async (expected) => {
      await world().ensureStream()
      const { bus, subject } = world()
      await bus.append(subject('a'), 'r1.0', 1, 0)
      await bus.append(subject('a'), 'r2.0', 2, 1)
      await expect(bus.append(subject('a'), 'r3.0', 3, expected)).rejects.toBeInstanceOf(VersionConflict)
      expect(await bus.last(subject('a'))).toMatchObject({ id: 'r2.0', sequence: 2 })
    })

    it('stores a resend of the same id once and answers as it did', async () => {
      await world().ensureStream()
      const { bus, replica, subject } = world()
      const first = await bus.append(subject('a'), 'r1.0', { n: 1 }, 0)
      expect(await bus.append(subject('a'), 'r1.0', { n: 1 }, 0)).toEqual(first)
      expect(await replica.append(subject('a'), 'r1.0', { n: 1 }, 0)).toEqual(first)
      expect(await bus.append(subject('a'), 'r2.0', { n: 2 }, first.sequence)).toEqual({ sequence: 2 })
    })

    it('keeps what one request decides on two aggregates of one stream', async () => {
      await world().ensureStream()
      const { bus, scope } = world()
      const decider = { initial: 0, evolve: (state: number) => state + 1, decide: () => ['Counted'] }
      const counter: Aggregate<number, string, string> = { prefix: `evt.${scope}`, decider, stateVersion: 1 }
      const context = { requestId: 'r1', actor: 'operator', at: 0 }
      await handle(bus, counter, 'a', 'Count', context)
      await handle(bus, counter, 'b', 'Count', context)
      expect(await handle(bus, counter, 'a', 'Count', context)).toMatchObject({ sequence: 1, repeated: true })
      expect(await load(bus, counter, 'b')).toEqual({ state: 1, version: 1, sequence: 2 })
    })

    it('stores what a request decides again after others have built on its first decision', async () => {
      await world().ensureStream()
      const { bus, scope } = world()
      const decider = { initial: 0, evolve: (state: number) => state + 1, decide: () => ['Counted'] }
      const counter: Aggregate<number, string, string> = { prefix: `evt.${scope}`, decider, stateVersion: 1 }
      const ask = (requestId: string) => handle(bus, counter, 'a', 'Count', { requestId, actor: 'operator', at: 0 })
      await ask('r1')
      await ask('r2')
      expect(await ask('r1')).toMatchObject({ state: 3, sequence: 3, repeated: false })
      expect(await load(bus, counter, 'a')).toEqual({ state: 3, version: 3, sequence: 3 })
    })

    it('lets exactly one of twenty racers win', async () => {
      await world().ensureStream()
      const { bus, replica, subject } = world()
      const racers = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? bus : replica).append(subject('a'), `r${index}.0`, { index }, 0),
      )
      const outcomes = await Promise.allSettled(racers)
      const lost = outcomes.filter((outcome) => outcome.status === 'rejected')
      expect(lost).toHaveLength(19)
      expect(lost.every((outcome) => outcome.reason instanceof VersionConflict)).toBe(true)
      const winner = outcomes.findIndex((outcome) => outcome.status === 'fulfilled')
      expect(await bus.last(subject('a'))).toMatchObject({ sequence: 1, data: { index: winner } })
    })

    it('shows an append to whoever reads next, on any connection', async () => {
      await world().ensureStream()
      const { bus, replica, subject } = world()
      for (let n = 0; n < 50; n++) {
        await bus.append(subject('a'), `r${n}.0`, { n }, n)
        expect(await replica.last(subject('a'))).toMatchObject({ sequence: n + 1, data: { n } })
      }
    })

    it('keeps no reference to what was handed in, and hands out what no reader changes for another', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      const data = { list: ['as appended'] }
      const appending = bus.append(subject('a'), 'r1.0', data, 0)
      data.list.push('changed afterwards')
      await appending
      const read = (await bus.last(subject('a')))?.data as typeof data
      expect(read).toEqual({ list: ['as appended'] })
      // Where it is everybody's it cannot be changed, else the change is the reader's alone.
      Reflect.set(read.list, 1, 'changed by a reader')
      expect((await bus.last(subject('a')))?.data).toEqual({ list: ['as appended'] })
    })

    it('keeps aggregates with hostile ids apart', async () => {
      await world().ensureStream()
      const { bus, scope } = world()
      const ids = Object.values(HOSTILE_IDS)
      for (const [index, id] of ids.entries()) {
        await bus.append(subjectOf(`evt.${scope}`, id), `r${index}.0`, { index }, 0)
      }
      for (const [index, id] of ids.entries()) {
        expect(await bus.last(subjectOf(`evt.${scope}`, id))).toMatchObject({ sequence: index + 1, data: { index } })
      }
    })

    it.each(Object.entries(HOSTILE_IDS))('takes no subject with %s in it', async (_what, id) => {
      await world().ensureStream()
      const { bus, subject } = world()
      await expect(bus.append(subject(id), 'r1.0', 1, 0)).rejects.toBeInstanceOf(TypeError)
      await expect(bus.publish(subject(id), 'r1.0', 1)).rejects.toBeInstanceOf(TypeError)
      await expect(bus.last(subject(id))).rejects.toBeInstanceOf(TypeError)
      expect(await bus.last(subject('a'))).toBeUndefined()
    })

    it('takes no message id that a header could not carry', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      await expect(bus.append(subject('a'), 'r1\r\nX: y', 1, 0)).rejects.toBeInstanceOf(TypeError)
      await expect(bus.append(subject('a'), '', 1, 0)).rejects.toBeInstanceOf(TypeError)
    })

    it('stores a commit of 200 kB', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      const data = { text: 'ä'.repeat(100_000) }
      await bus.append(subject('a'), 'r1.0', data, 0)
      expect((await bus.last(subject('a')))?.data).toEqual(data)
    })

    it('publishes without expecting anything, the same id once', async () => {
      await world().ensureStream()
      const { bus, replica, subject } = world()
      await bus.publish(subject('a'), 'e1', 1)
      await bus.publish(subject('a'), 'e2', 2)
      await Promise.all([bus.publish(subject('a'), 'e3', 3), replica.publish(subject('a'), 'e3', 3)])
      expect(await bus.last(subject('a'))).toMatchObject({ id: 'e3', sequence: 3, data: 3 })
    })

    it('publishes a thousand at once, each once', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      await Promise.all(Array.from({ length: 1_000 }, (_, n) => bus.publish(subject(keyOf(String(n))), `e${n}`, n)))
      await bus.publish(subject('last'), 'last', 0)
      expect(await bus.last(subject('last'))).toMatchObject({ sequence: 1_001 })
    })

    it('is unavailable for a subject that no stream holds', async () => {
      const { bus, subject } = world()
      await expect(bus.last(subject('a'))).rejects.toBeInstanceOf(Unavailable)
      await expect(bus.append(subject('a'), 'r1.0', 1, 0)).rejects.toBeInstanceOf(Unavailable)
      await expect(bus.publish(subject('a'), 'e1', 1)).rejects.toBeInstanceOf(Unavailable)
    })

    it('is unavailable once it is closed', async () => {
      await world().ensureStream()
      const { bus, subject } = world()
      await bus.close()
      expect(bus.status()).toBe('closed')
      await expect(bus.last(subject('a'))).rejects.toBeInstanceOf(Unavailable)
      await expect(bus.append(subject('a'), 'r1.0', 1, 0)).rejects.toBeInstanceOf(Unavailable)
    })
  })

  describe(`${name} as event store with bounds`, () => {
    const world = eachInItsOwnWorld(adapter)

    it('keeps the last commits of each subject, and still checks their sequence', async () => {
      await world().ensureStream({ maxMessagesPerSubject: 2 })
      const { bus, subject } = world()
      for (let n = 0; n < 5; n++) await bus.append(subject('a'), `r${n}.0`, n, n)
      await expect(bus.append(subject('a'), 'late.0', 0, 4)).rejects.toBeInstanceOf(VersionConflict)
      expect(await bus.append(subject('a'), 'r5.0', 5, 5)).toEqual({ sequence: 6 })
    })

    it('refuses what does not fit into a full stream, and loses nothing', async () => {
      await world().ensureStream({ maxMessages: 2 })
      const { bus, subject } = world()
      await bus.append(subject('a'), 'r1.0', 1, 0)
      await bus.append(subject('b'), 'r2.0', 2, 0)
      const full = { name: 'Unavailable', cause: { name: 'StreamFull' } }
      await expect(bus.append(subject('c'), 'r3.0', 3, 0)).rejects.toMatchObject(full)
      await expect(bus.publish(subject('c'), 'e3', 3)).rejects.toMatchObject(full)
      expect(await bus.last(subject('a'))).toMatchObject({ id: 'r1.0' })
      expect(await bus.last(subject('c'))).toBeUndefined()
    })

    it('refuses by size as well', async () => {
      await world().ensureStream({ maxBytes: 10_000 })
      const { bus, subject } = world()
      await bus.append(subject('a'), 'r1.0', 'x'.repeat(6_000), 0)
      await expect(bus.append(subject('b'), 'r2.0', 'x'.repeat(6_000), 0)).rejects.toMatchObject({
        name: 'Unavailable',
        cause: { name: 'StreamFull' },
      })
    })

    it('drops the oldest where the stream says so', async () => {
      await world().ensureStream({ maxMessages: 2, discard: 'old' })
      const { bus, subject } = world()
      await bus.publish(subject('a'), 'e1', 1)
      await bus.publish(subject('b'), 'e2', 2)
      await bus.publish(subject('c'), 'e3', 3)
      expect(await bus.last(subject('a'))).toBeUndefined()
      expect(await bus.last(subject('b'))).toMatchObject({ id: 'e2' })
    })

    it('takes an aggregate whose last commit has aged out for a new one', async () => {
      await world().ensureStream({ maxAgeMs: 100 })
      const { bus, subject } = world()
      await bus.append(subject('a'), 'r1.0', 1, 0)
      await eventually(async () => expect(await bus.last(subject('a'))).toBeUndefined())
      await expect(bus.append(subject('a'), 'r2.0', 2, 1)).rejects.toBeInstanceOf(VersionConflict)
      expect(await bus.append(subject('a'), 'r3.0', 3, 0)).toEqual({ sequence: 2 })
    })
  })
}
