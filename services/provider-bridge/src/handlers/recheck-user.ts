/**
 * Whether the provider still knows a person, asked with what it gave for that: the refresh token, or an access token that does
 * not end. Its own refusal ends the sessions of the person; everything else that may go wrong leaves them as they are.
 *
 * The order, and why (`pain-13`): (1) one replica claims these very tokens, with an end time. (2) They are read again: whoever
 * held the claim before may have renewed them. (3) The provider renews. (4) What it gave is kept before anything else, and
 * only if no other sign-in has brought newer ones meanwhile. (5) Then the profile.
 */
import { handle, load } from '@gateway/bus'
import { newId, Refusal } from '@gateway/kernel'
import { type BridgeDeps, configuredProvider, identities, SERVICE, upstreamGrants } from '../deps.ts'
import { claimsNamed, type KnownPerson } from '../domain/access.ts'
import { completed, knownPerson } from '../domain/known-person.ts'
import { sameProfile } from '../domain/profile.ts'
import type { Held, HeldTokens } from '../people.ts'
import type { Failure } from '../upstream/failures.ts'
import type { Described } from '../upstream/person.ts'
import type { Renewed } from '../upstream/provider.ts'

/** How old the provider's last word may be: refreshes that come together ask once, and so does whoever introspects all the time. */
const FRESH_MS = { refresh: 10_000, otherwise: 300_000 }
/** Longer than the provider is waited for in all. */
const CLAIM_MS = 20_000

export type RecheckDeps = Pick<BridgeDeps, 'bus' | 'clock' | 'log' | 'people' | 'provider' | 'rules'>
type Tokens = Held<HeldTokens & { readonly generation: string }>

/** Never rejects. True when what is held of the person may have changed. */
export async function recheck(deps: RecheckDeps, sub: string, refreshing: boolean): Promise<boolean> {
  try {
    return await ask(deps, sub, FRESH_MS[refreshing ? 'refresh' : 'otherwise'])
  } catch (error) {
    if (error instanceof Refusal && error.code === 'renewal_claimed') return false
    deps.log.warn({ err: error }, 'a user could not be checked at the identity provider')
    return false
  }
}

/** How the provider can be asked about the person; undefined when it gave nothing for that. */
export function meansOf(
  { provider, clock }: RecheckDeps,
  tokens: HeldTokens,
): 'refresh token' | 'access token' | undefined {
  const { clientId, row } = configuredProvider({ provider }).settings
  if (tokens.client_id !== clientId) return undefined
  const refreshes =
    tokens.refresh_token !== undefined && clock() < (tokens.refresh_expires_at ?? Number.POSITIVE_INFINITY)
  if (refreshes) return 'refresh token'
  return row.endlessTokens === true && tokens.expires_at === undefined ? 'access token' : undefined
}

async function ask(deps: RecheckDeps, sub: string, freshMs: number): Promise<boolean> {
  const { bus, clock, people } = deps
  const due = (tokens: Tokens | undefined): tokens is Tokens =>
    tokens !== undefined && clock() - tokens.value.checked_at >= freshMs && meansOf(deps, tokens.value) !== undefined
  const before = await people.tokens(sub)
  if (!due(before)) return false

  const at = clock()
  const { generation } = before.value
  const claim = { type: 'ClaimRenewal', sub, generation, until: at + CLAIM_MS, at } as const
  await handle(bus, upstreamGrants, sub, claim, { requestId: newId(), actor: `service:${SERVICE}`, at })
  const tokens = await people.tokens(sub)
  if (tokens?.value.generation !== generation || clock() >= claim.until) return true
  return meansOf(deps, tokens.value) === 'refresh token' ? renew(deps, sub, tokens) : look(deps, sub, tokens)
}

async function renew(deps: RecheckDeps, sub: string, tokens: Tokens): Promise<boolean> {
  const { clock, people } = deps
  const provider = configuredProvider(deps)
  const { client_id, subject, refresh_token = '' } = tokens.value
  let isKept = false
  const renewed: Renewed | Failure = await provider.renew(refresh_token, async (given) => {
    isKept = await people.replaceTokens(sub, tokens, { ...given, client_id, subject, checked_at: clock() })
  })
  if ('reason' in renewed) return failed(deps, sub, tokens, renewed)
  if (!isKept) return true
  const held = await people.person(sub)
  const described = await provider.describe(renewed.accessToken, subject, renewed.idToken)
  if ('reason' in described) deps.log.warn({ sub, ...described }, 'a renewed token does not say who it is for')
  else await update(deps, held, described)
  return true
}

async function look(deps: RecheckDeps, sub: string, tokens: Tokens): Promise<boolean> {
  const held = await deps.people.person(sub)
  const described = await configuredProvider(deps).describe(tokens.value.access_token, tokens.value.subject, undefined)
  if ('reason' in described) return failed(deps, sub, tokens, described)
  await deps.people.replaceTokens(sub, tokens, { ...tokens.value, checked_at: deps.clock() })
  await update(deps, held, described)
  return true
}

/** RFC 6749 §5.2 `invalid_grant`, RFC 6750 §3.1 `invalid_token`: the provider's own refusal. Anything else is its trouble. */
async function failed(deps: RecheckDeps, sub: string, tokens: Tokens, failure: Failure): Promise<boolean> {
  const { bus, clock, log, people } = deps
  const isRefusal = failure.reason === 'code_refused' || failure.reason === 'token_refused'
  log.warn(
    { sub, ...failure },
    isRefusal ? 'the identity provider ended a user’s grant' : 'a user could not be checked',
  )
  if (!isRefusal) return false
  const now = await people.tokens(sub)
  if (now?.value.generation !== tokens.value.generation) return true
  const at = clock()
  const decision = { requestId: newId(), actor: `service:${SERVICE}`, at }
  await handle(bus, identities, sub, { type: 'RequireSignIn', cause: 'provider', sub, at }, decision)
  await people.forgetTokens(sub)
  return true
}

/** `held`: what was held before the provider was asked; whoever signed in or was erased since is left alone. */
async function update(
  deps: RecheckDeps,
  held: Held<KnownPerson> | undefined,
  { claims, complete }: Described,
): Promise<void> {
  const { bus, clock, log, people } = deps
  if (!held) return
  const { sub } = held.value.profile
  const said = knownPerson(configuredProvider(deps).settings, claims, claimsNamed(deps.rules))
  if (said?.profile.sub !== sub) {
    log.error({ sub }, 'the identity provider speaks of somebody else')
    return
  }
  const person: KnownPerson = complete ? said : completed(held.value, said)
  if (!(await people.replacePerson(held, person)) || sameProfile(held.value.profile, person.profile)) return
  const at = clock()
  const decision = { requestId: newId(), actor: `service:${SERVICE}`, at }
  const { state } = await load(bus, identities, sub)
  if (state.status === 'active') await handle(bus, identities, sub, { type: 'RecordProfile', sub, at }, decision)
}
