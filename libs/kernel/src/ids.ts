/** Identifiers: random ones, and the form in which foreign ones may stand in a subject or a stored key. */
import { hash, randomFillSync } from 'node:crypto'

/**
 * 128 random bits in base64url: 22 characters of `[A-Za-z0-9_-]`. `-` is never the first: an operator pastes an id behind a
 * command, which would take it for a flag.
 */
export function newId(): string {
  if (taken === POOL_BYTES) {
    randomFillSync(pool)
    taken = 0
  }
  taken += ID_BYTES
  const id = pool.toString('base64url', taken - ID_BYTES, taken)
  return id.startsWith('-') ? newId() : id
}

/** The system is asked for many at a time: one call costs as much as making all of these. */
const ID_BYTES = 16
const POOL_BYTES = 128 * ID_BYTES
const pool = Buffer.alloc(POOL_BYTES)
let taken = POOL_BYTES

/**
 * `base64url(sha256(id))`, 43 characters. Ids may be URLs, and the bus client lets a line break in a subject inject
 * protocol commands, so nothing that came from outside stands in a subject or key as it is.
 */
export function keyOf(id: string): string {
  return hash('sha256', id, 'base64url')
}
