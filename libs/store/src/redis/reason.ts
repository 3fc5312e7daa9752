/**
 * The driver's errors in a word. They carry the whole command, values included, and mostly no code of their own, so they are
 * told apart by name and message, and nothing of them but the word goes on.
 */

import { certificateProblem } from '../certificate.ts'

/** What a message begins with → what it means. */
const BY_MESSAGE: readonly (readonly [string, string])[] = [
  ['Command timed out', 'timeout'],
  ['connect ETIMEDOUT', 'timeout'],
  ['Socket timeout', 'timeout'],
  ["Stream isn't writeable", 'not connected'],
  ["Cluster isn't ready", 'not connected'],
  ['Reached the max retries', 'connection lost'],
  ['Connection is closed', 'closed'],
  ['CLUSTERDOWN', 'CLUSTERDOWN'],
  ['All sentinels are unreachable', 'no sentinel knows a master'],
]

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  const { code, lastNodeError } = error as { code?: unknown; lastNodeError?: unknown }
  // Of a cluster: no node answered as it should, and this is what the last one said.
  if (lastNodeError !== undefined) return reasonOf(lastNodeError)
  // A reply of the server: `WRONGPASS …`, `OOM …`, `READONLY …`. The class differs between versions of the driver.
  if (error.message === 'ERR DB index is out of range') return 'no such database'
  if (error.name === 'ReplyError') return /^[A-Z]{2,20}\b/.exec(error.message)?.[0] ?? 'error reply'
  const known = BY_MESSAGE.find(([beginning]) => error.message.startsWith(beginning))
  if (known) return known[1]
  return typeof code === 'string' ? (certificateProblem(code) ?? code) : 'unknown error'
}
