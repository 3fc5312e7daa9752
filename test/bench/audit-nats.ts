/** A nats-server of the measurement's own, with the stream of audit events and nothing else. */
import { connectNats } from '@gateway/bus/nats'
import { streamRetentions, streams } from '@gateway/contracts'
import { type NatsServer, startNatsServer } from '@gateway/testing'

export async function startAuditNats(): Promise<NatsServer> {
  const server = await startNatsServer()
  const bus = await connectNats({ url: server.url, name: 'bootstrap', streams: [] })
  const day = 86_400
  const lives = { accessTtlSeconds: day, refreshMaxSeconds: day, clockSlackSeconds: 60, auditMaxAgeSeconds: day }
  for (const stream of streamRetentions({ ...lives, auditMaxBytes: 1e9 }, 1)) {
    if (stream.name === streams.audit.name) await bus.ensureStream(stream)
  }
  await bus.close()
  return server
}
