/** What the driver and the server say, in our vocabulary. Codes are numbers of JetStream's API or texts of the driver. */
import { Misconfigured, Unavailable } from '@gateway/kernel'
import { ErrorCode, NatsError } from 'nats'
import { StreamFull } from '../stream-full.ts'

/** The `error` of a JetStream API answer. */
export interface ApiError {
  readonly code: number
  readonly err_code: number
  readonly description: string
}

/** JetStream's own numbers (`errors.json` of nats-server). */
export const api = {
  /** No place for the stream: never, or not while a member of the cluster is "offline". */
  noSuitablePeers: 10_005,
  messageNotFound: 10_037,
  streamNotFound: 10_059,
  consumerNotFound: 10_014,
  /** "wrong last sequence". */
  wrongLastSequence: 10_071,
  /** The same in a cluster since 2.11, where the losers' race is seen before the log. */
  wrongLastSequenceInFlight: 10_164,
  /** A limit of the stream, told in words, and other failures to store. */
  storeFailed: 10_077,
} as const

export function isVersionConflict(error: ApiError): boolean {
  return error.err_code === api.wrongLastSequence || error.err_code === api.wrongLastSequenceInFlight
}

/** A member that has not told of itself yet is "offline" to the others, which is 400 like a placement that cannot be. */
export function isForming({ err_code, description }: Partial<ApiError>): boolean {
  return err_code === api.noSuitablePeers && /offline/i.test(description ?? '')
}

/** Full streams (10077, 10047, 10023), duplicates still in flight (10158), elections: all pass, none is the caller's doing. */
export function fromApi(error: ApiError): Unavailable {
  const isFull = error.err_code === api.storeFailed && /maximum (?:messages|bytes)/i.test(error.description)
  const text = `JetStream ${error.err_code}: ${error.description}`
  return new Unavailable('bus', { cause: isFull ? new StreamFull(text) : new Error(text) })
}

export function apiCodeOf(error: unknown): number | undefined {
  return error instanceof NatsError ? error.api_error?.err_code : undefined
}

/** A programming error, not an outage: what we sent cannot be sent. */
const UNSENDABLE: ReadonlySet<string> = new Set([
  ErrorCode.MaxPayloadExceeded,
  ErrorCode.BadSubject,
  ErrorCode.BadHeader,
  ErrorCode.BadJson,
])

/** A rejected call of the driver. Bugs and missing permissions stay what they are; everything else is an outage. */
export function fromDriver(error: unknown): Error {
  if (!(error instanceof NatsError)) return error instanceof Error ? error : new Error(String(error))
  if (error.isPermissionError()) return denied(error.permissionContext?.subject ?? error.message)
  if (UNSENDABLE.has(error.code)) return new TypeError(`nats: ${error.message}`, { cause: error })
  return new Unavailable('bus', { cause: error })
}

/** The server's permissions forbid it: the deployment is wrong, and no retry mends it. */
export function denied(subject: string): Misconfigured {
  return new Misconfigured([`nats: this key has no permission for "${subject}"`])
}
