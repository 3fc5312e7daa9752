/** Whole streams, read from their beginning with nothing but the driver: what is there, whatever the gateway believes. */
import { connect, type JsMsg, type NatsConnection, nkeyAuthenticator } from 'nats'

export interface Fact {
  readonly subject: string
  readonly data: unknown
}

export interface Replays {
  stream(name: string): Promise<readonly Fact[]>
  close(): Promise<void>
}

/** `seed`: of bootstrap, which alone may read every stream. */
export async function openReplays(url: string, seed: string): Promise<Replays> {
  const nc = await connect({
    servers: url.split(','),
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
    inboxPrefix: '_INBOX_bootstrap',
    name: 'replays',
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    pingInterval: 1_000,
  })
  return { stream: (name) => replay(nc, name), close: () => nc.close() }
}

async function replay(nc: NatsConnection, name: string): Promise<readonly Fact[]> {
  const manager = await nc.jetstreamManager({ checkAPI: false, timeout: 10_000 })
  const { state } = await manager.streams.info(name)
  if (state.messages === 0) return []
  const consumer = await nc.jetstream().consumers.get(name)
  const messages = await consumer.consume()
  const facts: Fact[] = []
  for await (const message of messages as AsyncIterable<JsMsg>) {
    facts.push({ subject: message.subject, data: parse(message) })
    if (message.seq >= state.last_seq) break
  }
  await messages.close()
  return facts
}

function parse(message: JsMsg): unknown {
  try {
    return message.json()
  } catch {
    return undefined
  }
}
