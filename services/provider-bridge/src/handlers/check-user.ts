/** Whether what was issued for a person may be renewed, and what tokens may say of that person now. */
import { load } from '@gateway/bus'
import type { Profile } from '@gateway/contracts'
import { type BridgeDeps, identities } from '../deps.ts'
import { assertUsable } from '../domain/identity.ts'
import { refuse } from '../refusals.ts'

/** Never asks the provider: a refresh goes on while it is away. */
export async function check(
  { bus, people }: BridgeDeps,
  { sub, since }: { readonly sub: string; readonly since: number },
): Promise<{ profile: Profile }> {
  const [{ state }, profile] = await Promise.all([load(bus, identities, sub), people.profile(sub)])
  assertUsable(state, since)
  if (!profile) throw refuse('user_unknown')
  return { profile }
}
