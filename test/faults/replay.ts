/** Whole streams, read from their beginning with nothing but the driver: what is there, whatever the gateway believes. */
import { connect, type JsMsg, type NatsConnection, NatsError, nkeyAuthenticator } from 'nats'

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
    // A frozen server accepts connections, and says nothing.
    timeout: 2_000,
  })
  return { stream: (name) => persistently(() => replay(nc, name)), close: () => nc.close() }
}

const ATTEMPTS = 5

/** The reader may itself have been connected to what was broken. */
async function persistently<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof NatsError) || attempt === ATTEMPTS) throw error
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  }
}

async function replay(nc: NatsConnection, name: string): Promise<readonly Fact[]> {
  const manager = await nc.jetstreamManager({ checkAPI: false, timeout: 5_000 })
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
