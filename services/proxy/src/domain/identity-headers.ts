/** What a backend is told of the user: `x-user-*`, from the verified token alone. */

export interface IdentityClaims {
  readonly sub: string
  readonly client_id: string
  readonly email?: string | undefined
  readonly email_verified?: boolean | undefined
  readonly name?: string | undefined
  readonly picture?: string | undefined
  readonly provider?: string | undefined
}

/**
 * A flat list of names and values. A machine client (RFC 9068 §2.2: `sub` is then the client's id) is no user and gets none.
 * An e-mail that the provider states as not verified is withheld.
 */
export function identityHeaders(claims: IdentityClaims): readonly string[] {
  const colon = claims.sub.indexOf(':')
  if (colon < 0 || claims.sub === claims.client_id) return []
  const headers: readonly (readonly [name: string, value: string | undefined])[] = [
    ['x-user-id', claims.sub.slice(colon + 1)],
    ['x-user-email', claims.email_verified === false ? undefined : claims.email],
    ['x-user-name', claims.name],
    ['x-user-provider', claims.provider],
    ['x-user-avatar', claims.picture],
  ]
  return headers.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [name, headerText(value)]))
}

/**
 * `%` and every byte of the UTF-8 form outside 0x20 to 0x7E become %XX, so that `decodeURIComponent` restores any value and
 * no value can end a header (original-21). Outer spaces too: RFC 9110 §5.5 lets recipients cut them off.
 */
export function headerText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\x20-\x24\x26-\x7E]+|^ +| +$/g, (run) =>
      Buffer.from(run).toString('hex').toUpperCase().replaceAll(/../g, '%$&'),
    )
}
