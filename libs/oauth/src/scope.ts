/** Scopes (RFC 6749 §3.3): space-separated, case-sensitive, without order. */

/** What every client may be granted beside the service's own scopes (OpenID Connect Core §5.4 and §11). */
export const IDENTITY_SCOPES = ['openid', 'profile', 'email', 'offline_access'] as const

const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/

/** Each scope once, in the order asked; several spaces count as one. Undefined when a character is not allowed. */
export function parseScope(text: string): string[] | undefined {
  const scopes = [...new Set(text.split(' ').filter((scope) => scope !== ''))]
  return scopes.every((scope) => SCOPE_TOKEN.test(scope)) ? scopes : undefined
}

export function formatScope(scopes: readonly string[]): string {
  return scopes.join(' ')
}

export interface ScopeRequest {
  /** Absent or empty: the client asked for none. */
  readonly requested?: readonly string[] | undefined
  /** The service's scopes. */
  readonly offered: readonly string[]
  /** What the service grants to who asks for none; absent: everything it offers. */
  readonly defaults?: readonly string[] | undefined
}

/**
 * The scopes of a grant: what was asked for, as far as it exists (RFC 6749 §3.3 lets the server ignore the rest; some
 * clients ask for every scope that they see advertised). Empty although something was asked for: `invalid_scope`.
 */
export function grantedScopes({ requested = [], offered, defaults = offered }: ScopeRequest): string[] {
  const allowed = new Set<string>([...offered, ...IDENTITY_SCOPES])
  return [...new Set(requested.length > 0 ? requested : defaults)].filter((scope) => allowed.has(scope))
}
