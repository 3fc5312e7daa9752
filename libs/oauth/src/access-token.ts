/** What an access token (RFC 9068 §2.2, `typ` `at+jwt`) says, with the family as `sid` and, as far as configured, the user's profile. */

export interface AccessTokenClaims {
  readonly iss: string
  /** `<provider>:<the provider's own id, whole>` */
  readonly sub: string
  /** Exactly one resource: `<issuer>/<service>/mcp`. */
  readonly aud: string
  readonly client_id: string
  /** Space-separated; empty when the service has none. */
  readonly scope: string
  /** Seconds since the epoch, as `iat` and `auth_time`. */
  readonly exp: number
  readonly iat: number
  readonly jti: string
  /** The token family: what a refresh token or a revocation names. Absent, as `auth_time`, where no user is involved. */
  readonly sid?: string | undefined
  readonly auth_time?: number | undefined
  readonly email?: string | undefined
  /** Absent: the provider does not say. */
  readonly email_verified?: boolean | undefined
  readonly name?: string | undefined
  readonly picture?: string | undefined
  readonly provider?: string | undefined
  /** Of the groups that rules of this resource name, those that the user is in; absent where no rule names any. */
  readonly groups?: readonly string[] | undefined
}
