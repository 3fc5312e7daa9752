/** What the client library throws, as this service's own: an outage, or one of the reasons for which a login fails. */
import { Unavailable } from '@gateway/kernel'
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import type { FailureReason } from '../domain/login.ts'

export interface Failure {
  readonly reason: FailureReason
  /** For the operator's log: a registered code of the protocol or of the library, never the provider's own words. */
  readonly code: string
}

/** @throws Unavailable when it was an outage, and whatever is neither (a bug) */
export function failureOf(error: unknown): Failure {
  const away = unavailableIn(error)
  if (away) throw away
  if (error instanceof AuthorizationResponseError) {
    return { reason: error.error === 'access_denied' ? 'denied' : 'provider_error', code: codeOf(error.error) }
  }
  if (error instanceof ResponseBodyError) {
    return { reason: error.error === 'invalid_grant' ? 'code_refused' : 'provider_error', code: codeOf(error.error) }
  }
  if (error instanceof WWWAuthenticateChallengeError)
    return { reason: 'provider_error', code: `status ${error.status}` }
  if (error instanceof ClientError) return { reason: 'answer_invalid', code: codeOf(error.code) }
  throw error
}

function unavailableIn(error: unknown): Unavailable | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof Unavailable) return at
  return undefined
}

/** RFC 6749 §5.2: `%x20-21 / %x23-5B / %x5D-7E`; bounded, since it is the provider's text. */
function codeOf(code: string | undefined): string {
  return code !== undefined && /^[\x21\x23-\x5B\x5D-\x7E]{1,64}$/.test(code) ? code : 'malformed'
}
