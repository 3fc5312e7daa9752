/** The grants and response types that exist here: the one list that registration and metadata use. */

export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'] as const
/** What a client may register for itself; anything else is for clients that the operator configures. */
export const REGISTRABLE_GRANT_TYPES = ['authorization_code', 'refresh_token'] as const satisfies readonly GrantType[]
export type GrantType = (typeof GRANT_TYPES)[number]

/** OAuth 2.1 §4: the code alone; no token ever stands in a redirect. */
export const RESPONSE_TYPES = ['code'] as const
