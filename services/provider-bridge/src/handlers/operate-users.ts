/** What operators see of users, and what they may do with them. */
import { handle, load, type RequestContext } from '@gateway/bus'
import type { ListedUser, ShownUser, UserPage } from '@gateway/contracts'
import { type BridgeDeps, identities } from '../deps.ts'
import { denialOf, isAdmin, type KnownPerson } from '../domain/access.ts'
import type { Identity } from '../domain/identity.ts'
import { revokeUpstream } from './end-upstream-session.ts'
import { meansOf } from './recheck-user.ts'

export async function list({ bus, people }: BridgeDeps, cursor: string | undefined): Promise<UserPage> {
  const page = await people.page(cursor)
  const users = await Promise.all(
    page.people.map(async (person) => {
      const { sub } = person.profile
      return listed(sub, (await load(bus, identities, sub)).state, person)
    }),
  )
  return { users, ...(page.next === undefined ? {} : { next: page.next }) }
}

export async function show(deps: BridgeDeps, sub: string): Promise<ShownUser> {
  const { bus, people, rules } = deps
  const [{ state }, person, tokens] = await Promise.all([
    load(bus, identities, sub),
    people.person(sub),
    people.tokens(sub),
  ])
  const access = person ? Object.keys(rules.services).map((service) => judged(deps, person.value, service)) : []
  const isChecked = tokens !== undefined && deps.provider !== undefined && meansOf(deps, tokens.value) !== undefined
  return {
    ...listed(sub, state, person?.value),
    admin: person !== undefined && isAdmin(rules, person.value),
    access,
    upstream: tokens === undefined ? 'none' : isChecked ? 'checked at each refresh' : 'not checked',
  }
}

function judged({ rules }: BridgeDeps, person: KnownPerson, service: string): ShownUser['access'][number] {
  const denied_by = denialOf(rules, person, service)
  return { service, ...(denied_by === undefined ? {} : { denied_by }) }
}

function listed(sub: string, { status, blocked, signInRequiredSince }: Identity, person?: KnownPerson): ListedUser {
  return {
    sub,
    ...(person ? { profile: person.profile } : {}),
    status,
    blocked,
    ...(signInRequiredSince === undefined ? {} : { sign_in_required_since: signInRequiredSince }),
  }
}

type Decision = 'BlockIdentity' | 'UnblockIdentity' | 'RequireSignIn'

/** The fact comes first: it ends what was issued everywhere, whatever becomes of the tokens at the provider. */
export async function decide(
  deps: BridgeDeps,
  type: Decision,
  sub: string,
  { requestId }: RequestContext,
): Promise<Record<string, never>> {
  const at = deps.clock()
  await handle(deps.bus, identities, sub, { type, sub, at }, { requestId, actor: 'operator', at })
  if (type !== 'UnblockIdentity') await revokeUpstream(deps, sub)
  return {}
}

/** What is held goes first: the fact says that it is gone. A recheck under way writes nothing that is not there any more. */
export async function erase(
  deps: BridgeDeps,
  sub: string,
  { requestId }: RequestContext,
): Promise<{ erased: string[]; remains: string[] }> {
  const { bus, clock, people, auditMaxAgeDays } = deps
  await revokeUpstream(deps, sub)
  await people.forgetPerson(sub)
  const at = clock()
  await handle(bus, identities, sub, { type: 'EraseIdentity', sub, at }, { requestId, actor: 'operator', at })
  return {
    erased: ['the profile: e-mail address, name, avatar, groups, claims', 'the tokens at the identity provider'],
    remains: [
      `the id ${sub}, and nothing else of the person, in the facts about sign-ins, consents and tokens`,
      `the id in audit events, for ${auditMaxAgeDays} days`,
      'the block, if there is one: it is bound to the id',
      'what the services behind the gateway and the identity provider hold themselves',
    ],
  }
}
