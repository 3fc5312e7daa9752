/**
 * What a reaction cannot read, and no retry can make readable, is put aside so that the rest goes on: a pointer to it with the
 * reason, in a stream of its own, until an operator has it tried again (after an upgrade, say) or drops it.
 */
import { type Clock, newId, Refusal, Unavailable, Unreadable } from '@gateway/kernel'
import type { FailureListener, MessageHandler, Publisher, StoredMessage, StreamReader } from './ports.ts'

/** The stream of `libs/contracts` that holds `parked.<service>.<durable>.<sequence>`: one message for each, its last state. */
export const PARKED_STREAM = 'PARKED'

/** Thrown by the handler of a durable: this message is to be parked. The reason is for operators, and holds nothing of it. */
export class UnreadableFact extends Unreadable {
  override readonly name = 'UnreadableFact'
}

/** For the `default` of a switch over events that all have a case: a newer version may have written one that has none. */
export function unknownEvent(event: never): never {
  const { type } = event as { type?: unknown }
  throw new UnreadableFact(
    `unknown event ${typeof type === 'string' ? JSON.stringify(type.slice(0, 80)) : '(no type)'}`,
  )
}

export interface ParkedMessage {
  readonly durable: string
  readonly stream: string
  readonly subject: string
  /** In `stream`. */
  readonly sequence: number
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

interface ParkedRecord extends ParkedMessage {
  readonly status: 'parked' | 'handled' | 'dropped'
}

interface DurablePlace {
  readonly stream: string
  readonly name: string
}

/** Between a bus and the handlers of its durables. */
export class Parking {
  readonly #bus: Publisher & Pick<StreamReader, 'at'>
  readonly #clock: Clock
  readonly #onFailure: FailureListener
  readonly #handlers = new Map<string, MessageHandler>()

  constructor(bus: Publisher & Pick<StreamReader, 'at'>, clock: Clock, onFailure: FailureListener) {
    this.#bus = bus
    this.#clock = clock
    this.#onFailure = onFailure
  }

  /** The handler, that parks instead of failing for ever. A message is done once its record is stored, and not before. */
  guard(durable: DurablePlace, handler: MessageHandler): MessageHandler {
    this.#handlers.set(placeOf(durable), handler)
    return async (message) => {
      try {
        await handler(message)
      } catch (error) {
        if (!(error instanceof UnreadableFact)) throw error
        await this.#park(durable, message, error)
      }
    }
  }

  /** @throws what the handler throws; Refusal `message_gone`; Unavailable nobody here consumes the durable */
  async redeliver(durable: DurablePlace, sequence: number): Promise<void> {
    const handler = this.#handlers.get(placeOf(durable))
    if (!handler) throw new Unavailable(placeOf(durable))
    const message = await this.#bus.at(durable.stream, sequence)
    if (!message) throw new Refusal('message_gone', { stream: durable.stream, sequence })
    await handler(message)
  }

  async #park(durable: DurablePlace, { subject, sequence }: StoredMessage, error: UnreadableFact): Promise<void> {
    const place = { durable: durable.name, stream: durable.stream, subject, sequence }
    await record(this.#bus, { ...place, reason: error.message, at: this.#clock(), status: 'parked' })
    this.#onFailure(error, { activity: 'park', of: `${placeOf(durable)}/${sequence}` })
  }
}

/** What is parked of `service`, oldest first. @throws Unavailable */
export async function listParked(reader: StreamReader, service: string): Promise<readonly ParkedMessage[]> {
  const parked = new Map<string, ParkedMessage>()
  const projection = await reader.project(
    { stream: PARKED_STREAM, subject: `parked.${service}.>` },
    {
      reset: () => parked.clear(),
      apply({ subject, data }) {
        parked.delete(subject)
        if (!isRecord(data) || data.status !== 'parked') return
        const { status: _, ...message } = data
        parked.set(subject, message)
      },
    },
  )
  try {
    await projection.caughtUp
  } finally {
    await projection.stop()
  }
  return [...parked.values()]
}

/**
 * Hands a parked message over again. @throws Refusal `message_gone` (its stream no longer has it), `still_unreadable`;
 * Unavailable, or whatever else the handler throws: it stays parked
 */
export async function retryParked(bus: Publisher & StreamReader, message: ParkedMessage, at: number): Promise<void> {
  try {
    await bus.redeliver({ stream: message.stream, name: message.durable }, message.sequence)
  } catch (error) {
    if (!(error instanceof UnreadableFact)) throw error
    throw new Refusal('still_unreadable', { reason: error.message })
  }
  await record(bus, { ...message, at, status: 'handled' })
}

/** The fact itself stays in its stream; only this reaction will never see it. */
export function dropParked(bus: Publisher, message: ParkedMessage, at: number): Promise<void> {
  return record(bus, { ...message, at, status: 'dropped' })
}

function record(bus: Publisher, parked: ParkedRecord): Promise<void> {
  const [service = ''] = parked.durable.split('--')
  return bus.publish(`parked.${service}.${parked.durable}.${parked.sequence}`, newId(), parked)
}

function isRecord(data: unknown): data is ParkedRecord {
  if (typeof data !== 'object' || data === null) return false
  const { durable, stream, sequence, status } = data as Partial<ParkedRecord>
  return [durable, stream, status].every((text) => typeof text === 'string') && typeof sequence === 'number'
}

function placeOf({ stream, name }: DurablePlace): string {
  return `${stream}/${name}`
}
