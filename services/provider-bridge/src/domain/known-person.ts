/** From what a provider says to what is held of a person: the profile, and the claims that rules name. */
import type { KnownPerson } from './access.ts'
import { type Claims, textsAt } from './claims.ts'
import { profileOf } from './profile.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** `named`: the claims that rules name. Undefined when the provider names no usable id. */
export function knownPerson(
  { id, claims: mapping, row }: Pick<ProviderSettings, 'id' | 'claims' | 'row'>,
  claims: Claims,
  named: readonly string[],
): KnownPerson | undefined {
  const profile = profileOf(id, claims, mapping)
  if (!profile) return undefined
  return {
    profile,
    claims: Object.fromEntries(named.map((name) => [name, [...textsAt(claims, name)]])),
    groupsUnknown: row.leavesGroupsOut?.(claims) ?? false,
  }
}

/** When not everything was said that a sign-in says, what is missing stays as it was. */
export function completed(before: KnownPerson, now: KnownPerson): KnownPerson {
  const said = Object.entries(now.claims).filter(([, values]) => values.length > 0)
  const isAbout = now.profile.groups !== undefined || now.groupsUnknown
  return {
    profile: { ...before.profile, ...now.profile },
    claims: { ...before.claims, ...Object.fromEntries(said) },
    groupsUnknown: isAbout ? now.groupsUnknown : before.groupsUnknown,
  }
}
