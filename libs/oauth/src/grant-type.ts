/** The grants and response types that exist here: the one list that registration and metadata use. */

export const GRANT_TYPES = ['authorization_code', 'refresh_token'] as const
export type GrantType = (typeof GRANT_TYPES)[number]

/** OAuth 2.1 §4: the code alone; no token ever stands in a redirect. */
export const RESPONSE_TYPES = ['code'] as const
