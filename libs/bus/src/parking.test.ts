import { describe, expect, it, vi } from 'vitest'
import { memoryBus } from './memory/index.ts'
import { listParked, PARKED_STREAM, UnreadableFact, unknownEvent } from './parking.ts'

const stream = { discard: 'new', appendOnly: false, replicas: 1 } as const

describe('parking', () => {
  it('loses nothing where the parking place is full: the message is tried again until there is room', async () => {
    const bus = memoryBus({ onFailure: () => undefined })
    const parked = { ...stream, name: PARKED_STREAM, subjects: ['parked.>'], maxMessagesPerSubject: 1 }
    await bus.ensureStream({ ...stream, name: 'EVT_THINGS', subjects: ['evt.test.thing.*'] })
    await bus.ensureStream({ ...parked, maxMessages: 1 })
    await bus.ensureDurable({ stream: 'EVT_THINGS', name: 'svc--purpose', ackWaitMs: 1_000 })
    for (const id of ['e1', 'e2']) await bus.publish('evt.test.thing.a', id, 'bad')
    const consuming = await bus.consume({ stream: 'EVT_THINGS', name: 'svc--purpose' }, async () => {
      throw new UnreadableFact('bad')
    })
    await vi.waitFor(async () => expect(await listParked(bus, 'svc')).toHaveLength(1))
    await bus.ensureStream({ ...parked, maxMessages: 2 })
    await vi.waitFor(async () => expect(await listParked(bus, 'svc')).toHaveLength(2), { timeout: 5_000 })
    await consuming.stop()
  })

  it('names the event that has no case, cut to a bounded length', () => {
    expect(() => unknownEvent({ type: 'ClientSold' } as never)).toThrow('unknown event "ClientSold"')
    expect(() => unknownEvent({ type: 'x'.repeat(1_000) } as never)).toThrow(/^unknown event "x{80}"$/)
    expect(() => unknownEvent({} as never)).toThrow('unknown event (no type)')
  })
})
