/** A request on its way through the hot path: what is known of it so far, and the answer where it goes no further. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodyFacts, CallFacts } from '../calls.ts'
import type { ServedService } from '../domain/served-service.ts'
import type { BoundSession } from '../domain/session-binding.ts'
import type { RefusalCode } from '../refusals.ts'
import type { VerifiedToken } from '../token/verify.ts'
import type { RpcDetails } from './answers.ts'

export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly startedAt: number
  readonly address: string
  /** Response headers, flat, for the calling origin. */
  cors: readonly string[]
  served: ServedService | undefined
  token: VerifiedToken | undefined
  /** The session that the client has named, once it has proven to be its own. */
  session: BoundSession | undefined
  /** What the body was found to ask for, where it had to be read. */
  read: BodyFacts | undefined
}

export interface Refused {
  readonly refusal: RefusalCode
  /** For the audit; absent where the refusal says it all. */
  readonly reason?: string | undefined
  /** Instead of the service's usual one. */
  readonly challenge?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly rpc?: RpcDetails | undefined
}

export function factsOf({ request, requestId, address, served, token, read }: Call): CallFacts {
  return { request, requestId, address, served, claims: token?.claims, read }
}
