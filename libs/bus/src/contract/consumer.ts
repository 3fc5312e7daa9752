/** What every durable consumer does. */
import { Unavailable } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import type { StoredMessage } from '../ports.ts'
import { type Adapter, ackWaitMsOf, ascending, eachInItsOwnWorld, eventually, pauseMs } from './under-test.ts'

export function consumerContract(name: string, adapter: Adapter): void {
  describe(`${name} as stream reader: durable consumers`, () => {
    const world = eachInItsOwnWorld(adapter)
    const durable = () => ({ stream: `EVT_${world().scope}`, name: 'svc--purpose' })
    const ackWaitMs = ackWaitMsOf(adapter)
    const ensureDurable = async (subject?: string) => {
      await world().ensureStream()
      await world().bus.ensureDurable({ ...durable(), ackWaitMs, ...(subject ? { subject } : {}) })
    }
    const publish = async (from: number, to: number, last = 'a') => {
      for (let n = from; n <= to; n++) await world().bus.publish(world().subject(last), `e${n}`, n)
    }

    it('hands over every message in order, from before and after the start', async () => {
      await ensureDurable()
      await publish(1, 20)
      const seen: StoredMessage[] = []
      const consuming = await world().bus.consume(durable(), async (message) => {
        seen.push(message)
      })
      await publish(21, 40)
      await eventually(() => expect(seen).toHaveLength(40))
      expect(seen.map((message) => message.data)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
      expect(seen.at(-1)).toEqual(await world().bus.last(world().subject('a')))
      await consuming.stop()
    })

    it('takes the next message when the handler is done with one', async () => {
      await ensureDurable()
      await publish(1, 10)
      let atOnce = 0
      let atOnceMax = 0
      let done = 0
      const consuming = await world().bus.consume(durable(), async () => {
        atOnceMax = Math.max(atOnceMax, ++atOnce)
        await pauseMs(5)
        atOnce--
        done++
      })
      await eventually(() => expect(done).toBe(10))
      expect(atOnceMax).toBe(1)
      await consuming.stop()
    })

    it('selects by the filter of the durable', async () => {
      await ensureDurable(world().subject('b'))
      await publish(1, 2, 'a')
      await publish(3, 4, 'b')
      const seen: unknown[] = []
      const consuming = await world().bus.consume(durable(), async (message) => void seen.push(message.data))
      await eventually(() => expect(seen).toEqual([3, 4]))
      await consuming.stop()
    })

    it('hands a message over again after the handler threw, and others meanwhile', async () => {
      await ensureDurable()
      await publish(1, 3)
      const seen: unknown[] = []
      let failuresLeft = 2
      const consuming = await world().bus.consume(durable(), async (message) => {
        seen.push(message.data)
        if (message.data === 1 && failuresLeft-- > 0) throw new RangeError('not now')
      })
      await eventually(() => expect(seen.filter((data) => data === 1)).toHaveLength(3))
      await pauseMs(200)
      expect(seen.toSorted(ascending)).toEqual([1, 1, 1, 2, 3])
      expect(seen.slice(0, 3)).toEqual([1, 2, 3])
      const at = { activity: 'consume', of: `${durable().stream}/${durable().name}` }
      expect(world().failures).toEqual([
        { error: new RangeError('not now'), at },
        { error: new RangeError('not now'), at },
      ])
      await consuming.stop()
    })

    it('resumes after a stop where it was', async () => {
      await ensureDurable()
      await publish(1, 5)
      const first: unknown[] = []
      const before = await world().bus.consume(durable(), async (message) => void first.push(message.data))
      await eventually(() => expect(first).toHaveLength(5))
      await before.stop()
      await publish(6, 10)
      const second: unknown[] = []
      const after = await world().replica.consume(durable(), async (message) => void second.push(message.data))
      await eventually(() => expect(second).toHaveLength(5))
      await pauseMs(100)
      expect(second).toEqual([6, 7, 8, 9, 10])
      await after.stop()
    })

    it('finishes the message in hand when it is stopped, and leaves the rest to the next', async () => {
      await ensureDurable()
      await publish(1, 5)
      const gate = Promise.withResolvers<void>()
      const first: unknown[] = []
      const stopping = await world().bus.consume(durable(), async (message) => {
        first.push(message.data)
        await gate.promise
      })
      await eventually(() => expect(first).toEqual([1]))
      let stopped = false
      const stop = stopping.stop().then(() => {
        stopped = true
      })
      await pauseMs(50)
      expect(stopped).toBe(false)
      gate.resolve()
      await stop
      const second: unknown[] = []
      const next = await world().replica.consume(durable(), async (message) => void second.push(message.data))
      await eventually(() => expect(new Set(second)).toEqual(new Set([2, 3, 4, 5])))
      expect(first).toEqual([1])
      await next.stop()
    })

    it('does not overtake a handler that takes longer than the acknowledgement may', async () => {
      await ensureDurable()
      await publish(1, 2)
      const seen: unknown[] = []
      const slow = async (message: StoredMessage) => {
        seen.push(message.data)
        if (message.data === 1) await pauseMs(1.5 * ackWaitMs)
      }
      const consuming = [await world().bus.consume(durable(), slow), await world().replica.consume(durable(), slow)]
      await eventually(() => expect(seen).toContain(2))
      await pauseMs(1.6 * ackWaitMs)
      expect(seen.toSorted(ascending)).toEqual([1, 2])
      await Promise.all(consuming.map((subscription) => subscription.stop()))
    })

    it('shares the messages among replicas, each to one', async () => {
      await ensureDurable()
      const seen: unknown[][] = [[], []]
      const into = (index: number) => async (message: StoredMessage) => {
        seen[index]?.push(message.data)
        await pauseMs(2)
      }
      const consuming = [
        await world().bus.consume(durable(), into(0)),
        await world().replica.consume(durable(), into(1)),
      ]
      await publish(1, 100)
      await eventually(() => expect(seen.flat()).toHaveLength(100))
      expect(new Set(seen.flat()).size).toBe(100)
      await Promise.all(consuming.map((subscription) => subscription.stop()))
    })

    it('waits for a durable that does not exist yet, and says that it does', async () => {
      const seen: unknown[] = []
      const consuming = await world().bus.consume(durable(), async (message) => void seen.push(message.data))
      await eventually(() =>
        expect(world().failures).toContainEqual(expect.objectContaining({ error: expect.any(Unavailable) })),
      )
      await ensureDurable()
      await publish(1, 1)
      await eventually(() => expect(seen).toEqual([1]))
      await consuming.stop()
    })

    const { publishBytes } = adapter

    it.skipIf(!publishBytes)('leaves it to the handler to park bytes that are no JSON', async () => {
      await ensureDurable()
      await publishBytes?.(world().subject('a'), Uint8Array.of(0xff, 0x7b, 0x00))
      await publish(2, 2)
      const seen: unknown[] = []
      const consuming = await world().bus.consume(durable(), async (message) => void seen.push(message.data))
      await eventually(() => expect(seen).toEqual([undefined, 2]))
      await consuming.stop()
    })
  })
}
