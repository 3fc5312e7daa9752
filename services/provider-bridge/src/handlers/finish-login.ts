/**
 * The way back from the identity provider: the answer is redeemed once and becomes a profile.
 *
 * The order, and why: (1) what is no login of this browser, or has been finished, costs nothing and asks nobody. (2) The
 * provider redeems the code, which it does once, however often a callback is sent. (3) Profile and tokens are kept before
 * anything that can fail (`pain-13`): a login that nobody finished leaves a fresh profile, which is true. Of somebody who may not
 * come in nothing is kept, unless there was something before: rules must not be judged by what is known to be old. (4) `LoginSucceeded`
 * is appended; of any number of replicas one wins, the others refuse as `login_repeated`, even where a provider takes a code
 * twice. (5) The identity follows; if the replica dies before it, the next sign-in records it.
 */
import { handle, load, type RequestContext } from '@gateway/bus'
import type { FinishLoginInput, LoginFinished } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { type BridgeDeps, configuredProvider, identities, logins, SERVICE } from '../deps.ts'
import { claimsNamed, type Denial, denialOf, isAdmin, type KnownPerson } from '../domain/access.ts'
import { knownPerson } from '../domain/known-person.ts'
import { assertOpen, type FailureReason } from '../domain/login.ts'
import { sameProfile } from '../domain/profile.ts'
import { type RefusalCode, refuse } from '../refusals.ts'
import { openLogin } from '../sealed-login.ts'
import type { Person } from '../upstream/provider.ts'

/** What a person is told of each reason; the rest of them learn the same, so that probing teaches nothing. */
const TOLD: Partial<Record<FailureReason, RefusalCode>> = {
  denied: 'login_denied',
  user_blocked: 'user_blocked',
  user_denied: 'user_denied',
}

async function finish(
  deps: BridgeDeps,
  { login, query, service }: FinishLoginInput,
  context: RequestContext,
): Promise<LoginFinished> {
  const provider = configuredProvider(deps)
  const { id } = provider.settings
  const secrets = openLogin(deps.keyring, id, login, query, deps.clock())
  assertOpen((await load(deps.bus, logins, secrets.state)).state)

  const answer = await provider.redeem(query, secrets)
  assertInTime(deps, context)
  const attempt: Attempt = { deps, context, provider: id, state: secrets.state }
  if ('reason' in answer) return fail(attempt, answer.reason, { code: answer.code })
  const person = knownPerson(provider.settings, answer.claims, claimsNamed(deps.rules))
  if (!person) return fail(attempt, 'no_id')
  const { sub } = person.profile
  const { state } = await load(deps.bus, identities, sub)
  if (state.blocked) return fail(attempt, 'user_blocked', { sub })
  const rule = denialOf(deps.rules, person, service)
  if (rule) return deny(attempt, person, rule)
  return succeed(attempt, person, answer)
}

interface Attempt {
  readonly deps: BridgeDeps
  readonly context: RequestContext
  readonly provider: string
  readonly state: string
}

async function succeed(attempt: Attempt, person: KnownPerson, { tokens, subject }: Person): Promise<LoginFinished> {
  const { bus, clock, people, rules } = attempt.deps
  const { profile } = person
  const { sub } = profile
  const known = await people.person(sub)
  await people.keepPerson(person)
  const { clientId } = configuredProvider(attempt.deps).settings
  await people.keepTokens(sub, { ...tokens, subject, client_id: clientId, checked_at: clock() })

  const at = clock()
  const decision = { requestId: attempt.context.requestId, actor: `user:${sub}`, at }
  const success = { type: 'RecordSuccess', provider: attempt.provider, sub, at } as const
  await handle(bus, logins, attempt.state, success, decision)
  const profileChanged = known !== undefined && !sameProfile(known.value.profile, profile)
  await handle(bus, identities, sub, { type: 'RecordSignIn', sub, profileChanged, at }, decision)
  return { profile, auth_time: Math.floor(at / 1000), ...(isAdmin(rules, person) ? { admin: true } : {}) }
}

async function deny(attempt: Attempt, person: KnownPerson, rule: Denial): Promise<never> {
  const { people } = attempt.deps
  const { sub } = person.profile
  const known = await people.person(sub)
  if (known) await people.replacePerson(known, person)
  return fail(attempt, 'user_denied', { sub, rule })
}

/** Recorded first, then refused: a failed sign-in is something that others must learn. */
async function fail(
  { deps, context, provider, state }: Attempt,
  reason: FailureReason,
  { code, ...known }: { readonly code?: string; readonly sub?: string; readonly rule?: Denial } = {},
): Promise<never> {
  const { requestId } = context
  const said = { ...(code === undefined ? {} : { provider_code: code }), ...known }
  deps.log.warn({ provider, reason, ...said, requestId }, 'login failed')
  const at = deps.clock()
  const failure = { type: 'RecordFailure', provider, reason, ...known, at } as const
  await handle(deps.bus, logins, state, failure, { requestId, actor: 'anonymous', at })
  throw refuse(TOLD[reason] ?? 'login_failed', { reason, ...known })
}

/** The caller has given up: the person is looking at an error page, and a session that nobody takes must not begin. */
function assertInTime({ clock }: BridgeDeps, { deadline }: RequestContext): void {
  if (clock() > deadline) throw new Unavailable(SERVICE)
}

/** Refusals that no fact tells of: a login that is none, and one that is over. */
const UNRECORDED: readonly string[] = ['login_invalid', 'login_repeated'] satisfies RefusalCode[]

/** With an audit event for every refusal: those that are facts are told by the facts. */
export async function finishAudited(
  deps: BridgeDeps,
  input: FinishLoginInput,
  context: RequestContext,
): Promise<LoginFinished> {
  try {
    return await finish(deps, input, context)
  } catch (error) {
    if (error instanceof Refusal && UNRECORDED.includes(error.code)) {
      const data = { decision: 'denied', reason: error.code, request_id: context.requestId } as const
      deps.audit.record('audit.login.failed', data)
    }
    throw error
  }
}
