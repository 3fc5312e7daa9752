/** Whether what was issued for a person may be renewed, and what tokens may say of that person now. */
import { load } from '@gateway/bus'
import type { CheckUserInput, UserChecked } from '@gateway/contracts'
import { type BridgeDeps, identities } from '../deps.ts'
import { denialOf, groupsFor, isAdmin } from '../domain/access.ts'
import { assertUsable } from '../domain/identity.ts'
import { refuse } from '../refusals.ts'

/** The provider is asked where it gave something to ask with; while it is silent, what is held counts. */
export async function check(
  deps: BridgeDeps,
  { sub, since, service, refreshing = false }: CheckUserInput,
): Promise<UserChecked> {
  const { rechecks, rules } = deps
  const held = await known(deps, sub, since)
  const { person, requiredSince } = (await rechecks.run(sub, refreshing)) ? await known(deps, sub, since) : held
  const denial = denialOf(rules, person, service)
  if (denial === 'claims_unknown') throw refuse('sign_in_required', { rule: denial })
  if (denial) throw refuse('user_denied', { rule: denial })
  const groups = groupsFor(rules, person, service)
  return {
    profile: person.profile,
    ...(isAdmin(rules, person) ? { admin: true } : {}),
    ...(groups ? { groups } : {}),
    ...(requiredSince === undefined ? {} : { sign_in_required_since: requiredSince }),
  }
}

async function known({ bus, people }: BridgeDeps, sub: string, since: number) {
  const [{ state }, held] = await Promise.all([load(bus, identities, sub), people.person(sub)])
  assertUsable(state, since)
  if (!held) throw refuse('user_unknown')
  return { person: held.value, requiredSince: state.signInRequiredSince }
}
