import { serverOrSkip, startNatsServer } from '@gateway/testing'
import { connect, type NatsConnection } from 'nats'
import { afterAll, beforeAll, describe } from 'vitest'
import { busContract } from '../contract/index.ts'
import { connectNats } from './bus.ts'

/** The newest server, and the oldest that is supported: they differ in what they check first (nats.md, 3.2). */
const VERSIONS = ['2.15', '2.9'] as const

for (const version of VERSIONS) {
  const server = await serverOrSkip(`the bus over nats-server ${version}`, () => startNatsServer({ version }))

  describe.skipIf(!server)(`nats-server ${version}`, () => {
    const url = server?.url ?? ''
    let admin: NatsConnection

    beforeAll(async () => {
      admin = await connect({ servers: url })
    })
    afterAll(async () => {
      await admin.close()
      await server?.stop()
    })

    busContract('the NATS bus', {
      open: (options) => connectNats({ url, name: 'contract', streams: [], ...options }),
      publishBytes: async (subject, bytes) => {
        await admin.jetstream().publish(subject, bytes)
      },
      deleteStream: async (name) => {
        const manager = await admin.jetstreamManager()
        await manager.streams.delete(name)
      },
    })
  })
}
