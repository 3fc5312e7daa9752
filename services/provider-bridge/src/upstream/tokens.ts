/** A token answer of the provider, with times instead of lives. */
import type { Clock } from '@gateway/kernel'

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

/** Undefined without an access token. */
export function tokensOf(answer: Readonly<Record<string, unknown>>, clock: Clock): TokenAnswer | undefined {
  const text = (name: string) => (typeof answer[name] === 'string' ? answer[name] : undefined)
  // Some write seconds as text, as the client library takes them too.
  const seconds = (name: string) => (/^\d+$/.test(String(answer[name])) ? Number(answer[name]) : undefined)
  const access_token = text('access_token')
  if (access_token === undefined) return undefined
  const life = seconds('expires_in')
  const refreshLife = REFRESH_LIVES.map((name) => seconds(name)).find((found) => found !== undefined) ?? 0
  return {
    access_token,
    refresh_token: text('refresh_token'),
    id_token: text('id_token'),
    scope: text('scope'),
    expires_at: life === undefined ? undefined : clock() + life * 1000,
    refresh_expires_at: refreshLife > 0 ? clock() + refreshLife * 1000 : undefined,
  }
}
