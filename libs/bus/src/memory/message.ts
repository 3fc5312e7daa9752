/** A stored message as its readers get it. */
import { decode } from '../json.ts'
import type { StoredMessage } from '../ports.ts'
import type { StoredReference } from './stream.ts'

/** Its readers share one object, which none of them can change. */
export function toMessage(message: StoredReference): StoredMessage {
  const { subject, sequence, id, time } = message
  return { subject, sequence, id, time, data: dataOf(message) }
}

/** A message is read by many soon after it came, and seldom later: the newest ones are parsed once. */
const PARSED_MAX = 256
const parsed = new Map<StoredReference, unknown>()

function dataOf(message: StoredReference): unknown {
  if (parsed.has(message)) return parsed.get(message)
  const data = frozen(decode(message.json))
  parsed.set(message, data)
  for (const oldest of parsed.keys()) {
    if (parsed.size <= PARSED_MAX) break
    parsed.delete(oldest)
  }
  return data
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
