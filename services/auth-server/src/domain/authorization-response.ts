/** The answer to the client, on its redirect URI (RFC 6749 §4.1.2) and with `iss` in it, errors included (RFC 9207 §2). */

export interface AnswerTo {
  readonly redirect_uri: string
  readonly state?: string | undefined
}

/** What the registered URI already has in its query is kept as it is (RFC 6749 §3.1.2). */
export function answerUri(issuer: string, to: AnswerTo, answer: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams({ ...answer, ...(to.state === undefined ? {} : { state: to.state }), iss: issuer })
  return `${to.redirect_uri}${to.redirect_uri.includes('?') ? '&' : '?'}${query.toString()}`
}

/** Whom the browser is sent to, for people and for the audit: `app.example`, `localhost:33418`, `cursor://anysphere.cursor-mcp`. */
export function redirectHost(redirectUri: string): string {
  const url = URL.parse(redirectUri)
  if (url === null) return ''
  if (url.protocol === 'https:' || url.protocol === 'http:') return url.host
  return url.host === '' ? url.protocol : `${url.protocol}//${url.host}`
}
