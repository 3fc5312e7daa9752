/** A value that must not be printed: text conversion, JSON and `util.inspect` all show a placeholder. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const PLACEHOLDER = '[secret]'

export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself; call it where the secret is used and keep the result nowhere. */
  open(): string {
    return this.#value
  }

  toString(): string {
    return PLACEHOLDER
  }

  toJSON(): string {
    return PLACEHOLDER
  }

  [inspect.custom](): string {
    return PLACEHOLDER
  }
}

/** Constant-time comparison of two texts of any length (both are hashed first, so lengths do not leak). */
export function secretEquals(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
