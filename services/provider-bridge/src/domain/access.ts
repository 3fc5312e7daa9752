/**
 * Who may come in: the rules of the whole gateway, of its provider and of each service, judged against what is known of a person.
 * A denial wins; what is not known never lets anybody in.
 */
import type { Profile } from '@gateway/contracts'

/** One match with any of them is a match. `*` as the value of a claim: any value. */
export interface People {
  readonly emails: readonly string[]
  readonly domains: readonly string[]
  readonly groups: readonly string[]
  readonly claims: Readonly<Record<string, readonly string[]>>
}

export interface Rules {
  /** Absent: everybody. */
  readonly allow?: People | undefined
  readonly deny: People
}

export interface AccessRules {
  /** All of them hold, for every service. */
  readonly everywhere: Readonly<Record<string, Rules>>
  /** By service id, for the services that people sign in for. */
  readonly services: Readonly<Record<string, Rules>>
  /** By service id: the groups that rules of its tools, resources and prompts name. They let nobody in or out. */
  readonly namedGroups: Readonly<Record<string, readonly string[]>>
  /** Ids of the services that get the user's own token at the provider. */
  readonly userTokenServices: readonly string[]
  /** They need not be allowed. */
  readonly admins: People
  /** E-mails count that the provider does not state as verified. */
  readonly trustEmail: boolean
}

/** As much of a person as rules are judged against. */
export interface KnownPerson {
  readonly profile: Profile
  /** The claims that rules named when they were read; one that the provider did not give is there and empty. */
  readonly claims: Readonly<Record<string, readonly string[]>>
  /** The provider left out groups that the person has. */
  readonly groupsUnknown: boolean
}

/** Why somebody may not come in. */
export type Denial =
  | 'email_denied'
  | 'domain_denied'
  | 'group_denied'
  | 'claim_denied'
  /** None of what is allowed matches. */
  | 'not_allowed'
  /** The e-mail or its domain is allowed, but the provider does not state it as verified. */
  | 'email_unverified'
  /** A rule names groups, and the provider left some out. */
  | 'groups_unknown'
  /** A rule names a claim that was not read at the last sign-in: another sign-in brings it. */
  | 'claims_unknown'

/** The first of the rules that keeps the person out; undefined: welcome. */
export function denialOf(rules: AccessRules, person: KnownPerson, service?: string): Denial | undefined {
  const own = service !== undefined && Object.hasOwn(rules.services, service) ? rules.services[service] : undefined
  const applying = [...Object.values(rules.everywhere), ...(own ? [own] : [])]
  for (const { deny } of applying) {
    const denial = deniedBy(deny, person)
    if (denial) return denial
  }
  if (isAdmin(rules, person)) return undefined
  for (const { allow } of applying) {
    const denial = allow && missedBy(allow, person, rules.trustEmail)
    if (denial) return denial
  }
  return undefined
}

/** What a token for the service says of the person's groups: no more than its rules ask. */
export function groupsFor(
  { namedGroups }: AccessRules,
  { profile }: KnownPerson,
  service: string | undefined,
): readonly string[] | undefined {
  const named = service !== undefined && Object.hasOwn(namedGroups, service) ? namedGroups[service] : undefined
  return named?.filter((group) => profile.groups?.includes(group))
}

export function isAdmin({ admins, trustEmail }: AccessRules, person: KnownPerson): boolean {
  return matchOf(admins, person, isVerified(person, trustEmail)) !== undefined
}

/** Every claim that some rule names: what a sign-in has to keep. */
export function claimsNamed({ everywhere, services, admins }: AccessRules): readonly string[] {
  const rules = [...Object.values(everywhere), ...Object.values(services)]
  const people = [admins, ...rules.flatMap(({ allow, deny }) => (allow ? [allow, deny] : [deny]))]
  return [...new Set(people.flatMap(({ claims }) => Object.keys(claims)))]
}

const DENIALS = {
  emails: 'email_denied',
  domains: 'domain_denied',
  groups: 'group_denied',
  claims: 'claim_denied',
} as const

/** A stated e-mail is enough to be denied: nobody gets in by leaving an address unverified. */
function deniedBy(deny: People, person: KnownPerson): Denial | undefined {
  const match = matchOf(deny, person, true)
  return match ? DENIALS[match] : unknownOf(deny, person)
}

function missedBy(allow: People, person: KnownPerson, trustEmail: boolean): Denial | undefined {
  if (matchOf(allow, person, isVerified(person, trustEmail))) return undefined
  if (matchOf(allow, person, true)) return 'email_unverified'
  return unknownOf(allow, person) ?? 'not_allowed'
}

function isVerified({ profile }: KnownPerson, trustEmail: boolean): boolean {
  return profile.email_verified === true || trustEmail
}

/** Which kind of the rule the person matches. */
function matchOf(people: People, person: KnownPerson, emailCounts: boolean): keyof People | undefined {
  const email = emailCounts ? person.profile.email?.toLowerCase() : undefined
  if (email !== undefined && people.emails.includes(email)) return 'emails'
  // Behind the last @: a quoted local part may hold others.
  if (email !== undefined && people.domains.includes(email.slice(email.lastIndexOf('@') + 1))) return 'domains'
  if (people.groups.some((group) => person.profile.groups?.includes(group))) return 'groups'
  const hasClaim = Object.entries(people.claims).some(([name, values]) => {
    const held = Object.hasOwn(person.claims, name) ? (person.claims[name] ?? []) : []
    return held.some((value) => values.includes(value) || values.includes('*'))
  })
  return hasClaim ? 'claims' : undefined
}

function unknownOf(people: People, person: KnownPerson): Denial | undefined {
  if (people.groups.length > 0 && person.groupsUnknown) return 'groups_unknown'
  const isUnread = Object.keys(people.claims).some((name) => !Object.hasOwn(person.claims, name))
  return isUnread ? 'claims_unknown' : undefined
}
