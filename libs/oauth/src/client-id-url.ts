/**
 * Client ids that are URLs (draft-ietf-oauth-client-id-metadata-document §3). Read off the text, like redirect URIs: the id
 * is compared byte by byte with what its document says, so a URL that a parser would write differently is none.
 */

const LENGTH_MAX = 1_024
const FORM = /^https:\/\/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?(\/[A-Za-z0-9._~:/@!$&'()+,;=%-]+)(\?[^#]*)?$/
const QUERY = /^\?[A-Za-z0-9._~:/?@!$&'()+,;=%-]*$/

/** Whether `clientId` is meant as one; nobody is registered under such a name in any other way. */
export function isClientIdUrl(clientId: string): boolean {
  return clientId.startsWith('https://')
}

/** Why `clientId` cannot be a client's URL, for logs; undefined when it can. */
export function clientIdUrlProblem(clientId: string): string | undefined {
  if (clientId.length > LENGTH_MAX) return `longer than ${LENGTH_MAX} characters`
  const [, host, , , query] = FORM.exec(clientId) ?? []
  if (host === undefined) return 'no https URL with a name as host and a path, without userinfo and fragment'
  if (query !== undefined && !QUERY.test(query)) return 'a character in the query that no URL has'
  const url = URL.parse(clientId)
  // Dot segments, default ports, percent-encoded dots, numbers that are addresses: a parser writes them differently.
  if (url === null || url.href !== clientId) return 'not in its normal form'
  if (/^[\d.]+$/.test(url.hostname)) return 'an address instead of a name'
  return undefined
}
