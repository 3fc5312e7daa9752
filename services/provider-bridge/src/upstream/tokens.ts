/** A token answer of the provider, with times instead of lives. */
import type { Clock } from '@gateway/kernel'
import type { TokenEndpointResponse } from 'openid-client'

export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token?: string | undefined
  readonly id_token?: string | undefined
  readonly scope?: string | undefined
  /** Milliseconds since the epoch. */
  readonly expires_at?: number | undefined
  /** When the refresh token ends, where the provider says so. */
  readonly refresh_expires_at?: number | undefined
}

/** What Keycloak, and what GitHub and Google call the life of a refresh token; RFC 6749 has no name for it. 0: it does not end. */
const REFRESH_LIVES = ['refresh_expires_in', 'refresh_token_expires_in']

export function tokensOf(answer: TokenEndpointResponse, clock: Clock): TokenAnswer {
  const after = (seconds: unknown) =>
    typeof seconds === 'number' && seconds > 0 ? clock() + seconds * 1000 : undefined
  const refreshLife = REFRESH_LIVES.map((name) => answer[name]).find((life) => typeof life === 'number')
  return {
    access_token: answer.access_token,
    refresh_token: answer.refresh_token,
    id_token: answer.id_token,
    scope: answer.scope,
    expires_at: answer.expires_in === undefined ? undefined : clock() + answer.expires_in * 1000,
    refresh_expires_at: after(refreshLife),
  }
}
