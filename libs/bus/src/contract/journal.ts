/** What a bus with a journal does beyond its process, wherever the journal is. */
import { VersionConflict } from '@gateway/kernel'
import { afterEach, describe, expect, it } from 'vitest'
import { journalledBus, type MemoryBus } from '../memory/bus.ts'
import type { Journal, ResolvedStream, StoredMessage } from '../ports.ts'
import { eventually } from './under-test.ts'

/** Opens the journal of one place, again and again; each case has a place of its own. */
export interface JournalPlace {
  open(): Promise<Journal>
}

const STREAM: ResolvedStream = {
  name: 'EVT_THINGS',
  subjects: ['evt.test.thing.*'],
  discard: 'new',
  appendOnly: false,
  replicas: 1,
}
const A = 'evt.test.thing.a'
const B = 'evt.test.thing.b'

export function journalContract(name: string, newPlace: () => Promise<JournalPlace>): void {
  describe(`${name} as journal`, () => {
    const opened: MemoryBus[] = []
    afterEach(async () => {
      for (const bus of opened.splice(0)) await bus.close()
    })

    async function start(
      place: JournalPlace,
      limits: Partial<ResolvedStream> = {},
      clock = Date.now,
    ): Promise<MemoryBus> {
      const bus = await journalledBus({ journal: await place.open(), clock })
      opened.push(bus)
      await bus.ensureStream({ ...STREAM, ...limits })
      await bus.ensureDurable({ stream: STREAM.name, name: 'svc--purpose', ackWaitMs: 1_000 })
      return bus
    }

    it('gives back what was acknowledged: bodies, ids, sequences and times', async () => {
      const place = await newPlace()
      const bus = await start(place)
      await bus.append(A, 'r1.0', { text: 'hé\n"', list: [1, null] }, 0)
      await bus.append(B, 'r2.0', 2, 0)
      const before = [await bus.last(A), await bus.last(B)]
      await bus.close()
      const again = await start(place)
      expect([await again.last(A), await again.last(B)]).toEqual(before)
      await expect(again.append(A, 'r3.0', 3, 0)).rejects.toBeInstanceOf(VersionConflict)
      expect(await again.append(A, 'r3.0', 3, 1)).toEqual({ sequence: 3 })
    })

    it('replays to projections in order, a thousand in one breath included', async () => {
      const place = await newPlace()
      const bus = await start(place)
      await Promise.all(Array.from({ length: 1_500 }, (_, n) => bus.publish(`evt.test.thing.${n % 7}`, `e${n}`, n)))
      await bus.close()
      const again = await start(place)
      const seen: unknown[] = []
      const view = { reset: () => undefined, apply: (message: StoredMessage) => void seen.push(message.data) }
      const projection = await again.project({ stream: STREAM.name, subject: 'evt.test.thing.*' }, view)
      await projection.caughtUp
      expect(seen).toEqual(Array.from({ length: 1_500 }, (_, n) => n))
      await projection.stop()
    })

    it('stores a resend from before the restart once', async () => {
      const place = await newPlace()
      const bus = await start(place)
      await bus.publish(A, 'e1', 1)
      await bus.close()
      const again = await start(place)
      await again.publish(A, 'e1', 1)
      expect(await again.last(A)).toMatchObject({ sequence: 1 })
    })

    it('goes on with a durable consumer where it was, what had failed included', async () => {
      const place = await newPlace()
      const bus = await start(place)
      for (let n = 1; n <= 5; n++) await bus.publish(A, `e${n}`, n)
      const first: unknown[] = []
      const consuming = await bus.consume({ stream: STREAM.name, name: 'svc--purpose' }, async (message) => {
        if (message.data === 2) throw new RangeError('not now')
        first.push(message.data)
      })
      await eventually(() => expect(first).toEqual([1, 3, 4, 5]))
      await consuming.stop()
      await bus.close()
      const again = await start(place)
      const second: unknown[] = []
      const next = await again.consume({ stream: STREAM.name, name: 'svc--purpose' }, async (message) => {
        second.push(message.data)
      })
      await again.publish(A, 'e6', 6)
      await eventually(() => expect(second).toEqual([2, 6]))
      await next.stop()
    })

    it('is trimmed with its stream, and gives no number twice', async () => {
      const place = await newPlace()
      let now = Date.now()
      const clock = () => now
      const bus = await start(place, { maxAgeMs: 60_000, maxMessagesPerSubject: 2 }, clock)
      for (let n = 0; n < 5; n++) await bus.append(A, `r${n}.0`, n, n)
      now += 61_000
      expect(await bus.last(A)).toBeUndefined()
      await bus.close()
      const journal = await place.open()
      const keys: string[] = []
      for await (const [key] of journal.load()) keys.push(key)
      await journal.close()
      expect(keys.filter((key) => key.startsWith('message/'))).toEqual([])
      const again = await start(place, {}, clock)
      expect(await again.append(A, 'r9.0', 9, 0)).toEqual({ sequence: 6 })
    })

    it('admits one process at a time, and names what several need', async () => {
      const place = await newPlace()
      await start(place)
      await expect(place.open()).rejects.toMatchObject({
        name: 'Misconfigured',
        message: expect.stringContaining('nats.url'),
      })
    })

    it('keeps what belongs to a stream that is not there (any more)', async () => {
      const place = await newPlace()
      const bus = await start(place)
      await bus.append(A, 'r1.0', 1, 0)
      await bus.close()
      const without = await journalledBus({ journal: await place.open() })
      await without.close()
      expect(await (await start(place)).last(A)).toMatchObject({ id: 'r1.0' })
    })
  })
}
