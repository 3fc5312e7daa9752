/** How a client may authenticate at the token endpoint: the one list that registration, metadata and the check itself use. */

/** RFC 7591 §2, RFC 7523 §2.2. `none` is a public client, for which PKCE carries the proof. */
export const CLIENT_AUTHENTICATION_METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const

export type ClientAuthenticationMethod = (typeof CLIENT_AUTHENTICATION_METHODS)[number]

/** Those that need no secret which both sides know: all that a client may use whose metadata is public. */
export const SECRETLESS_METHODS = ['none', 'private_key_jwt'] as const satisfies readonly ClientAuthenticationMethod[]

/** RFC 7523 §2.2: the value of `client_assertion_type`. */
export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Signatures only, none of them symmetric: a client's public key must never be usable as an HMAC secret. */
export const CLIENT_ASSERTION_ALGORITHMS = ['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const

/**
 * What one client may use, its preferred method first, from the two spellings that exist: the one method of RFC 7591 §2, and
 * the list that ChatGPT's document holds beside it (it prefers `private_key_jwt` there and offers `none`).
 * @returns nothing when none of them is `possible`
 */
export function negotiateMethods(
  stated: { readonly one?: string | undefined; readonly list?: readonly string[] | undefined },
  possible: readonly ClientAuthenticationMethod[],
  fallback: ClientAuthenticationMethod,
): readonly ClientAuthenticationMethod[] {
  const listed = stated.list ?? []
  const wanted = stated.one === undefined ? listed : [stated.one, ...listed]
  const asked = wanted.length === 0 ? [fallback] : wanted
  return possible.filter((method) => asked.includes(method)).toSorted((a, b) => asked.indexOf(a) - asked.indexOf(b))
}
