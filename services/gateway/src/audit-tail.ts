/** Reading the audit events of a running deployment, as they come: over the bus itself, or over the socket of one process. */
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'
import type { StoredMessage, StreamReader } from '@gateway/bus'
import { type AuditCloudEvent, cloudEventSchema, streams } from '@gateway/contracts'
import { CannotStart } from '@gateway/service'

export interface TailOptions {
  /** Events stored at or after this, milliseconds since the epoch; absent: from the first one kept. */
  readonly since?: number | undefined
  /** Goes on with what comes; else ends with what is there. */
  readonly follow: boolean
}

export type OnEvent = (event: AuditCloudEvent) => void

export interface Tail {
  /** Resolves when everything that was there has been told. */
  readonly caughtUp: Promise<void>
  stop(): Promise<void>
}

/** Tells every event of stream AUDIT. What is no CloudEvent is somebody else's and is passed over. */
export async function tailBus(reader: StreamReader, since: number | undefined, onEvent: OnEvent): Promise<Tail> {
  const [subject] = streams.audit.subjects
  const source = { stream: streams.audit.name, subject, ...(since === undefined ? {} : { since }) }
  return reader.project(source, {
    reset: () => undefined,
    apply: (message: StoredMessage) => {
      const event = cloudEventSchema.safeParse(message.data)
      if (event.success) onEvent(event.data)
    },
  })
}

/** The same over the socket of a running process. Resolves when that process ends the conversation. @throws CannotStart */
export async function tailSocket(path: string, options: TailOptions, onEvent: OnEvent): Promise<void> {
  const socket = createConnection(path)
  try {
    await once(socket, 'connect')
  } catch (cause) {
    throw new CannotStart(
      `no gateway is running here: nothing answers at ${path} (start one, or name its configuration with --config)`,
      { cause },
    )
  }
  const { since = null, follow } = options
  socket.write(`${JSON.stringify({ command: 'audit.tail', since, follow })}\n`)
  for await (const line of createInterface({ input: socket })) {
    const answer = JSON.parse(line) as { event?: unknown; error?: string }
    if (answer.error !== undefined) throw new CannotStart(answer.error)
    const event = cloudEventSchema.safeParse(answer.event)
    if (event.success) onEvent(event.data)
  }
}
