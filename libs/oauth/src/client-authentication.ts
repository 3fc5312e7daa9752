/** How a client may authenticate at the token endpoint: the one list that registration, metadata and the check itself use. */

/** RFC 7591 §2. `none` is a public client, for which PKCE carries the proof. */
export const CLIENT_AUTHENTICATION_METHODS = ['none', 'client_secret_basic', 'client_secret_post'] as const

export type ClientAuthenticationMethod = (typeof CLIENT_AUTHENTICATION_METHODS)[number]
