/** Identifiers: random ones, and the form in which foreign ones may stand in a subject or a stored key. */
import { createHash, randomBytes } from 'node:crypto'

/** 128 random bits in base64url: 22 characters of `[A-Za-z0-9_-]`. */
export function newId(): string {
  return randomBytes(16).toString('base64url')
}

/**
 * `base64url(sha256(id))`, 43 characters. Ids may be URLs, and the bus client lets a line break in a subject inject
 * protocol commands, so nothing that came from outside stands in a subject or key as it is.
 */
export function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
