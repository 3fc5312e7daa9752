/** The families of a user, for the account page and operators: the index says which, their own facts say what they are. */
import { load } from '@gateway/bus'
import type { ListedFamily } from '@gateway/contracts'
import { type IssuerDeps, livesOf, tokenFamilies } from '../deps.ts'
import { type ActiveFamily, endOf } from '../domain/token-family.ts'

/** Asked of the bus at a time. */
const BATCH = 50

/** Only those that can still give a token, or whose last access token may be alive; the index forgets the others. */
export async function listFamiliesOf(
  deps: IssuerDeps,
  { sub }: { readonly sub: string },
): Promise<{ families: ListedFamily[] }> {
  const indexed = await deps.families.of(sub)
  const alive: ListedFamily[] = []
  for (let start = 0; start < indexed.length; start += BATCH) {
    const batch = indexed.slice(start, start + BATCH)
    const loaded = await Promise.all(batch.map((family) => load(deps.bus, tokenFamilies, family)))
    alive.push(...loaded.flatMap(({ state }) => (state.status === 'active' ? listed(deps, state) : [])))
  }
  const dead = indexed.filter((family) => !alive.some((other) => other.family === family))
  if (dead.length > 0) await deps.families.forget(sub, dead)
  return { families: alive.toSorted((a, b) => b.started_at - a.started_at) }
}

function listed({ tokens, clock }: IssuerDeps, state: ActiveFamily): ListedFamily[] {
  const { family, client_id, resource, scopes, auth_time, started_at, refreshed_at } = state
  const lastTokenEnds = refreshed_at + tokens.access_ttl_seconds * 1000
  const expires_at = state.refreshable ? endOf(state, livesOf(tokens)) : lastTokenEnds
  if (clock() >= expires_at) return []
  return [{ family, client_id, resource, scopes, auth_time, started_at, refreshed_at, expires_at }]
}
