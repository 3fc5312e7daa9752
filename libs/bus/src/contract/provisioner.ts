/** What every provisioner does. */
import { Misconfigured } from '@gateway/kernel'
import { describe, expect, it } from 'vitest'
import { type Adapter, eachInItsOwnWorld } from './under-test.ts'

export function provisionerContract(name: string, adapter: Adapter): void {
  describe(`${name} as provisioner`, () => {
    const world = eachInItsOwnWorld(adapter)
    const stream = () => ({
      name: `EVT_${world().scope}`,
      subjects: [world().subject('*')],
      maxAgeMs: 60_000,
      discard: 'new' as const,
      appendOnly: true,
      replicas: 1,
    })
    const durable = () => ({ stream: stream().name, name: 'svc--purpose', ackWaitMs: 1_000 })

    it('creates a stream once', async () => {
      expect(await world().bus.ensureStream(stream())).toBe('created')
      expect(await world().bus.ensureStream(stream())).toBe('unchanged')
      expect(await world().replica.ensureStream(stream())).toBe('unchanged')
    })

    it('changes retention and keeps what is stored', async () => {
      const { bus, subject } = world()
      await bus.ensureStream(stream())
      await bus.append(subject('a'), 'r1.0', 1, 0)
      expect(await bus.ensureStream({ ...stream(), maxAgeMs: 120_000, maxMessagesPerSubject: 16 })).toBe('updated')
      expect(await bus.ensureStream({ ...stream(), maxAgeMs: 120_000, maxMessagesPerSubject: 16 })).toBe('unchanged')
      expect(await bus.last(subject('a'))).toMatchObject({ id: 'r1.0' })
    })

    it('creates a durable once, and changes it', async () => {
      const { bus, subject } = world()
      await bus.ensureStream(stream())
      expect(await bus.ensureDurable(durable())).toBe('created')
      expect(await bus.ensureDurable(durable())).toBe('unchanged')
      expect(await bus.ensureDurable({ ...durable(), ackWaitMs: 2_000, subject: subject('a') })).toBe('updated')
      expect(await bus.ensureDurable({ ...durable(), ackWaitMs: 2_000, subject: subject('a') })).toBe('unchanged')
      expect(await bus.ensureDurable({ ...durable(), ackWaitMs: 2_000 })).toBe('updated')
    })

    it('only tells what it would do when asked to check', async () => {
      const { bus } = world()
      const check = { check: true }
      expect(await bus.ensureStream(stream(), check)).toBe('created')
      expect(await bus.ensureStream(stream(), check)).toBe('created')
      await bus.ensureStream(stream())
      expect(await bus.ensureStream({ ...stream(), maxAgeMs: 120_000 }, check)).toBe('updated')
      expect(await bus.ensureStream(stream(), check)).toBe('unchanged')
      expect(await bus.ensureDurable(durable(), check)).toBe('created')
      await bus.ensureDurable(durable())
      expect(await bus.ensureDurable({ ...durable(), ackWaitMs: 2_000 }, check)).toBe('updated')
      expect(await bus.ensureDurable(durable(), check)).toBe('unchanged')
    })

    it('takes a durable without its stream for a mistake', async () => {
      await expect(world().bus.ensureDurable(durable())).rejects.toBeInstanceOf(Misconfigured)
    })
  })
}
