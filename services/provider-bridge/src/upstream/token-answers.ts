/** Answers of token endpoints as the protocol wants them, before the client library reads them. */
import type { CustomFetch } from 'openid-client'

interface Corrections {
  /** For plain OAuth 2.0: an ID token is not read, since without an issuer nobody could verify it. */
  readonly withoutIdTokens: boolean
  /** Codes that mean another one of RFC 6749 §5.2. */
  readonly errors: Readonly<Record<string, string>>
  /** Whoever waits for the answer to a refresh token: told before the client library judges it, and waited for. */
  readonly renewals: Renewals
}

export type Renewals = Map<string, (answer: Readonly<Record<string, unknown>>) => Promise<void>>

/** RFC 6749 §5.2: an error is a 400, also where a provider answers it with 200, as GitHub does. */
export function correctedTokenAnswers(
  fetcher: CustomFetch,
  { withoutIdTokens, errors, renewals }: Corrections,
): CustomFetch {
  return async (url, options) => {
    const answer = await fetcher(url, options)
    if (options.method !== 'POST') return answer
    const body: unknown = await answer
      .clone()
      .json()
      .catch(() => undefined)
    if (typeof body !== 'object' || body === null) return answer
    const { error } = body as { readonly error?: unknown }
    if (typeof error === 'string' && (answer.ok || Object.hasOwn(errors, error))) {
      return Response.json({ error: errors[error] ?? error }, { status: 400 })
    }
    // RFC 6749 §3.2: parameters without a value are left out, also where they come as null.
    const members = Object.entries(body).filter(([name, value]) => {
      return value !== null && value !== '' && !(withoutIdTokens && name === 'id_token')
    })
    const corrected: Readonly<Record<string, unknown>> = Object.fromEntries(members)
    const refreshToken = options.body instanceof URLSearchParams ? options.body.get('refresh_token') : null
    if (answer.ok && refreshToken !== null) await renewals.get(refreshToken)?.(corrected)
    return Response.json(corrected, { status: answer.status })
  }
}
