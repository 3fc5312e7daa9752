/** Where a provider says what of a person, and how it is read: by name, or by a path into an object. */

export type Claims = Readonly<Record<string, unknown>>

/** Where each piece of a profile is looked for, in this order. */
export interface ClaimMapping {
  readonly id: readonly string[]
  readonly name: readonly string[]
  readonly email: readonly string[]
  readonly emailVerified: readonly string[]
  readonly picture: readonly string[]
  readonly groups: readonly string[]
}

/** OpenID Connect Core §5.1. The id is `sub` and nothing else: it is the one that the ID token vouches for. */
export const OIDC_CLAIMS: ClaimMapping = {
  id: ['sub'],
  name: ['name', 'preferred_username'],
  email: ['email'],
  emailVerified: ['email_verified'],
  picture: ['picture'],
  groups: ['groups'],
}

/** What providers of no standard have been seen to call it. */
export const CUSTOM_CLAIMS: ClaimMapping = {
  id: ['id', 'sub', 'user_id'],
  name: ['name', 'display_name', 'username'],
  email: ['email'],
  emailVerified: ['email_verified'],
  picture: ['avatar_url', 'picture', 'profile_image_url'],
  groups: ['groups'],
}

/** The name itself comes first, since a name may hold dots (`https://example.com/groups`); then each dot leads one level down. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let at: unknown = claims
  for (const part of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined
    at = (at as Claims)[part]
  }
  return at
}

/** A claim as the texts that rules compare: one value, or a list of them. */
export function textsAt(claims: Claims, name: string): readonly string[] {
  const value = claimAt(claims, name)
  return (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((item) =>
    typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean' ? [String(item)] : [],
  )
}
