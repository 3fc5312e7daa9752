/** What every adapter holds its callers to: the form of keys and lifetimes. Breaking it is a programmer's mistake, hence `TypeError`. */
import type { WriteOptions } from './ports.ts'

const KEY = /^[\x21-\x7E]{1,200}$/

/** @throws TypeError The text is not repeated: what was no key may be anything. */
export function assertKey(key: string): void {
  if (!KEY.test(key)) throw new TypeError('a stored key is 1 to 200 printable ASCII characters without spaces')
}

/** A prefix may be empty: all keys. @throws TypeError */
export function assertPrefix(prefix: string): void {
  if (prefix !== '') assertKey(prefix)
}

/**
 * Whole milliseconds, at least one: callers compute lifetimes as `expiresAt - now`, which may come out at zero or below, and
 * backends refuse that. Undefined: kept until deleted.
 */
export function lifetimeMs(options: WriteOptions | undefined): number | undefined {
  return options?.ttlMs === undefined ? undefined : Math.max(1, Math.ceil(options.ttlMs))
}
