/** What every bus does with facts that a reaction cannot read. */
import { describe, expect, it } from 'vitest'
import { dropParked, listParked, PARKED_STREAM, type ParkedMessage, retryParked, UnreadableFact } from '../parking.ts'
import type { MessageHandler } from '../ports.ts'
import { type Adapter, ackWaitMsOf, eachInItsOwnWorld, eventually, pauseMs } from './under-test.ts'

const PARKED = {
  name: PARKED_STREAM,
  subjects: ['parked.>'],
  maxMessagesPerSubject: 1,
  discard: 'new',
  appendOnly: false,
  replicas: 1,
} as const

export function parkingContract(name: string, adapter: Adapter): void {
  describe(`${name} with facts that cannot be read`, () => {
    const world = eachInItsOwnWorld(adapter)
    const service = () => `svc${world().scope}`
    const ackWaitMs = ackWaitMsOf(adapter)
    const durable = () => ({ stream: `EVT_${world().scope}`, name: `${service()}--purpose` })
    const parked = () => listParked(world().bus, service())
    const isGood = (data: unknown) => typeof data === 'object' && data !== null
    const reads: MessageHandler = async ({ data }) => {
      if (!isGood(data)) throw new UnreadableFact('no object')
    }

    async function ensureAll(): Promise<void> {
      await world().ensureStream()
      for (const bus of [world().bus, world().replica]) await bus.ensureStream(PARKED)
      await world().bus.ensureDurable({ ...durable(), ackWaitMs })
    }
    async function publishOneBad(): Promise<void> {
      const { bus, subject } = world()
      await bus.publish(subject('a'), 'e1', { n: 1 })
      await bus.publish(subject('b'), 'e2', 'not an object: secret')
      await bus.publish(subject('a'), 'e3', { n: 3 })
    }
    async function onlyParked(): Promise<ParkedMessage> {
      await eventually(async () => expect(await parked()).toHaveLength(1))
      const [one] = await parked()
      if (!one) throw new TypeError('nothing is parked')
      return one
    }

    it('parks a pointer with the reason, never what it points to, and goes on with the rest', async () => {
      await ensureAll()
      await publishOneBad()
      const seen: number[] = []
      const consuming = await world().bus.consume(durable(), async (message) => {
        await reads(message)
        seen.push(message.sequence)
      })
      await eventually(() => expect(seen).toEqual([1, 3]))
      const one = await onlyParked()
      expect(one).toEqual({
        durable: durable().name,
        stream: durable().stream,
        subject: world().subject('b'),
        sequence: 2,
        reason: 'no object',
        at: expect.any(Number),
      })
      const record = await world().bus.last(`parked.${service()}.${durable().name}.2`)
      expect(JSON.stringify(record?.data)).not.toContain('secret')
      const at = { activity: 'park', of: `${durable().stream}/${durable().name}/2` }
      expect(world().failures).toEqual([{ error: expect.any(UnreadableFact), at }])
      await consuming.stop()
    })

    it('hands nothing that was parked over again by itself', async () => {
      await ensureAll()
      await publishOneBad()
      let tries = 0
      const handler: MessageHandler = async (message) => {
        tries++
        await reads(message)
      }
      const consuming = await world().bus.consume(durable(), handler)
      await onlyParked()
      await consuming.stop()
      const again = await world().bus.consume(durable(), handler)
      await pauseMs(1.3 * ackWaitMs)
      expect(tries).toBe(3)
      await again.stop()
    })

    it('is tried again when an operator says so, and is done when it can be read', async () => {
      await ensureAll()
      await publishOneBad()
      let upgraded = false
      const seen: unknown[] = []
      const consuming = await world().bus.consume(durable(), async (message) => {
        if (!upgraded) await reads(message)
        seen.push(message.data)
      })
      const one = await onlyParked()
      await expect(retryParked(world().bus, one, world().now())).rejects.toMatchObject({ code: 'still_unreadable' })
      expect(await parked()).toEqual([one])
      upgraded = true
      await retryParked(world().bus, one, world().now())
      expect(seen.at(-1)).toBe('not an object: secret')
      expect(await parked()).toEqual([])
      await consuming.stop()
    })

    it('is dropped when an operator says so', async () => {
      await ensureAll()
      await publishOneBad()
      const consuming = await world().bus.consume(durable(), reads)
      await dropParked(world().bus, await onlyParked(), world().now())
      expect(await parked()).toEqual([])
      await consuming.stop()
    })

    it('cannot be tried again where nobody consumes, or when its stream no longer has it', async () => {
      await ensureAll()
      await publishOneBad()
      const consuming = await world().bus.consume(durable(), reads)
      const one = await onlyParked()
      const gone = { ...one, sequence: 99 }
      await expect(retryParked(world().bus, gone, 0)).rejects.toMatchObject({ code: 'message_gone' })
      await expect(retryParked(world().replica, { ...one, durable: 'other--purpose' }, 0)).rejects.toMatchObject({
        name: 'Unavailable',
      })
      await consuming.stop()
    })
  })
}
