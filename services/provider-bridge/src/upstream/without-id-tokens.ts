/** For plain OAuth 2.0: an ID token in the answer is not read, since without an issuer nobody could verify it. */
import type { CustomFetch } from 'openid-client'

export function withoutIdTokens(fetcher: CustomFetch): CustomFetch {
  return async (url, options) => {
    const answer = await fetcher(url, options)
    const body: unknown = await answer
      .clone()
      .json()
      .catch(() => undefined)
    if (typeof body !== 'object' || body === null || !('id_token' in body)) return answer
    const { id_token: _unverifiable, ...rest } = body
    return Response.json(rest, { status: answer.status })
  }
}
