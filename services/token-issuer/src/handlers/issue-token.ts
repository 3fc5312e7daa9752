/** The tokens of a redeemed code. */
import { call, handle, type RequestContext } from '@gateway/bus'
import { checkUser, type IssueTokenInput, type TokenAnswer } from '@gateway/contracts'
import { assertInTime, type IssuerDeps, tokenFamilies } from '../deps.ts'
import { userCheckOf } from '../domain/user-check.ts'
import { refuse } from '../refusals.ts'
import { mintAnswer } from '../token-answer.ts'
import { publishRevokedFamily } from './revocation.ts'

/**
 * Everything that can fail comes first; then `started` is appended, and that append is the one lock of redemption: of any
 * number of racers one gets tokens (original-6). The others replay a code, so its family is revoked (RFC 6749 §4.1.2).
 */
export async function issue(deps: IssuerDeps, input: IssueTokenInput, context: RequestContext): Promise<TokenAnswer> {
  const { nonce, ...grant } = input
  const { bus, clock } = deps
  const askedAt = clock()
  const [{ profile, groups }, signer] = await Promise.all([
    call(bus, checkUser, userCheckOf(grant), { ...context, now: clock() }),
    deps.keys.signer('access-token'),
  ])
  assertInTime(clock, context.deadline)
  const at = clock()
  const { requestId } = context
  const command = { type: 'StartFamily', ...grant, started_by: requestId, at } as const
  const decision = { requestId, actor: `user:${grant.sub}`, at }
  const { state } = await handle(bus, tokenFamilies, grant.family, command, decision)
  // Ours: the commit we appended, or the one of the same request before its answer was lost.
  if (state.status === 'active') {
    const generation = state.refreshable ? 0 : undefined
    return mintAnswer(deps, signer, { access: state, generation, profile, groups, nonce, askedAt })
  }
  await publishRevokedFamily(bus, state)
  throw refuse('code_replayed', { family: grant.family })
}
