/** A message of a consumer in the bus' own shape. */
import type { JsMsg } from 'nats'
import { decode } from '../json.ts'
import type { StoredMessage } from '../ports.ts'
import { MESSAGE_ID } from './wire.ts'

const NANOS_PER_MS = 1_000_000

export function toStored(message: JsMsg): StoredMessage {
  return {
    subject: message.subject,
    sequence: message.seq,
    id: message.headers?.get(MESSAGE_ID) ?? '',
    time: Math.floor(message.info.timestampNanos / NANOS_PER_MS),
    data: decode(message.string()),
  }
}
