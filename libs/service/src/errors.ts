/** From what was thrown to what a caller may read; the texts are constants of each service's `refusals.ts`. */
import { Refusal, Unavailable } from '@gateway/kernel'

/** One row of a service's refusal table: RFC 6749 §5.2 names for `error`. */
export interface WireError {
  readonly status: number
  readonly error: string
  readonly description: string
}

export type RefusalTable = Readonly<Record<string, WireError>>

export interface ErrorAnswer extends WireError {
  readonly retryAfterSeconds?: number
  /** Nobody expected it: log with its stack. */
  readonly bug: boolean
}

const SERVER_ERROR: WireError = {
  status: 500,
  error: 'server_error',
  description: 'The gateway met an unexpected condition.',
}

/** Refusals by the table, outages as 503, everything else (and a refusal that the table lacks) as a bug. */
export function toErrorAnswer(error: unknown, table: RefusalTable): ErrorAnswer {
  if (error instanceof Unavailable) {
    return {
      status: 503,
      error: 'temporarily_unavailable',
      description: 'A part of the gateway does not answer at the moment. Please try again.',
      retryAfterSeconds: error.retryAfterSeconds,
      bug: false,
    }
  }
  const row = error instanceof Refusal ? table[error.code] : undefined
  return row ? { ...row, bug: false } : { ...SERVER_ERROR, bug: true }
}
