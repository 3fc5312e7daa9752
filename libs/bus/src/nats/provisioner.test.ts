import { Misconfigured } from '@gateway/kernel'
import { serverOrSkip, startNatsServer } from '@gateway/testing'
import { type ConsumerConfig, connect, type NatsConnection, nanos, type StreamConfig } from 'nats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResolvedStream } from '../ports.ts'
import { connectNats, type NatsBus } from './bus.ts'

const DAY_MS = 86_400_000

for (const version of ['2.15', '2.9'] as const) {
  const server = await serverOrSkip(`provisioning on nats-server ${version}`, () => startNatsServer({ version }))

  describe.skipIf(!server?.ours)(`provisioning on nats-server ${version}`, () => {
    const url = server?.url ?? ''
    const stream: ResolvedStream = {
      name: 'EVT_CLIENTS',
      subjects: ['evt.registry.client.*'],
      maxAgeMs: 30 * DAY_MS,
      maxMessagesPerSubject: 16,
      discard: 'new',
      appendOnly: true,
      replicas: 1,
    }
    let bus: NatsBus
    let admin: NatsConnection

    beforeAll(async () => {
      bus = await connectNats({ url, name: 'bootstrap', streams: [] })
      admin = await connect({ servers: url })
      await bus.ensureStream(stream)
      await bus.ensureDurable({ stream: stream.name, name: 'registry--audit-clients', ackWaitMs: 30_000 })
    })
    afterAll(async () => {
      await admin?.close()
      await bus?.close()
      await server?.stop()
    })

    it('sets the retention that the design asks for, and no direct gets', async () => {
      const manager = await admin.jetstreamManager()
      const { config } = await manager.streams.info(stream.name)
      expect(config).toMatchObject({
        storage: 'file',
        retention: 'limits',
        discard: 'new',
        num_replicas: 1,
        max_age: nanos(30 * DAY_MS),
        max_msgs: -1,
        max_bytes: -1,
        max_msgs_per_subject: 16,
        duplicate_window: nanos(120_000),
        deny_delete: true,
        deny_purge: true,
      } satisfies Partial<Record<keyof StreamConfig, unknown>>)
      // Followers would answer them, and a follower may be behind.
      expect(config.allow_direct ?? false).toBe(false)
      expect((config as { discard_new_per_subject?: boolean }).discard_new_per_subject ?? false).toBe(false)
    })

    it('lets a durable deliver as often as it takes', async () => {
      const manager = await admin.jetstreamManager()
      const { config } = await manager.consumers.info(stream.name, 'registry--audit-clients')
      expect(config).toMatchObject({
        ack_policy: 'explicit',
        ack_wait: nanos(30_000),
        deliver_policy: 'all',
        max_deliver: -1,
      } satisfies Partial<Record<keyof ConsumerConfig, unknown>>)
    })

    it('keeps ids no longer than messages, or the server would refuse the stream', async () => {
      const short = { ...stream, name: 'EVT_SHORT', subjects: ['evt.short.*'], maxAgeMs: 60_000, appendOnly: false }
      expect(await bus.ensureStream(short)).toBe('created')
      expect(await bus.ensureStream(short)).toBe('unchanged')
    })

    it.each([
      ['subjects that another stream has', { name: 'EVT_OTHER' }],
      ['to give up that nothing may be deleted', { appendOnly: false }],
      ['replicas that this server cannot make', { name: 'EVT_R3', subjects: ['evt.r3.*'], replicas: 3 }],
    ])('takes %s for a mistake of the operator', async (_what, change) => {
      await expect(bus.ensureStream({ ...stream, ...change })).rejects.toBeInstanceOf(Misconfigured)
    })

    it.skipIf(version !== '2.9')(
      'refuses replicated streams where several racers would win (before 2.12)',
      async () => {
        const replicated = bus.ensureStream({ ...stream, name: 'EVT_R3', subjects: ['evt.r3.*'], replicas: 3 })
        await expect(replicated).rejects.toThrow('nats-server 2.12 or newer')
      },
    )
  })
}
