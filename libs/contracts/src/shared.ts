/** Shapes that several messages use. */
import { z } from 'zod'

/** An access-controlled scope list: RFC 6749 §3.3 tokens. */
export const scopesSchema = z.array(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/))

/** How long a caller waits for an answer that needs nothing but the bus and the store. */
export const QUICK_MS = 3_000
/** How long a caller waits where the identity provider or a client's metadata host must be asked first. */
export const UPSTREAM_MS = 15_000

/**
 * How long nothing may be heard of the replica that was asked before another one is: it may have died, or be frozen. Only with
 * questions of which two under one request id are no more than one.
 */
export const askAgain = {
  quick: { timeoutMs: QUICK_MS, askAgainAfterMs: 1_000 },
  upstream: { timeoutMs: UPSTREAM_MS, askAgainAfterMs: 3_000 },
} as const

export const emptySchema = z.object({})
