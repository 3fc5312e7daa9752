/** The `WWW-Authenticate` challenge of a protected resource: RFC 6750 §3 with `resource_metadata` of RFC 9728 §5.1. */

export interface Challenge {
  /** Absolute URL of the protected resource's metadata. */
  readonly resourceMetadata: string
  /** Space-separated; all that a normal session needs, since some clients cannot widen it later. Empty: left out. */
  readonly scope?: string | undefined
  /** RFC 6750 §3.1; absent when the request carried no credentials. */
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | undefined
  readonly errorDescription?: string | undefined
}

/**
 * The header's value. SDK clients look parameters up with an unanchored pattern and do not unescape, so the order is fixed
 * with free text last, and characters that would need escaping are replaced.
 */
export function bearerChallenge(challenge: Challenge): string {
  const parameters = [
    ['resource_metadata', quotable(challenge.resourceMetadata)],
    ['scope', quotable(challenge.scope ?? '')],
    ['error', challenge.error ?? ''],
    ['error_description', quotable(challenge.errorDescription ?? '').replaceAll('=', ':')],
  ]
  const stated = parameters.filter(([, value]) => value !== '')
  return `Bearer ${stated.map(([name, value]) => `${name}="${value}"`).join(', ')}`
}

/** RFC 6750 §3: values are %x20-21 / %x23-5B / %x5D-7E, so neither quote nor backslash, nor anything that splits a header. */
function quotable(text: string): string {
  return text
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replaceAll(/[^\x20-\x7E]/g, '?')
}
