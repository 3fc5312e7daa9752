/** A family ended by its user, on the account page, or by an operator. */
import { handle, type RequestContext } from '@gateway/bus'
import type { RevokeFamilyInput } from '@gateway/contracts'
import { type IssuerDeps, tokenFamilies } from '../deps.ts'
import { refuse } from '../refusals.ts'
import { publishRevokedFamily } from './revocation.ts'

/** Another user's family is answered as one that does not exist, whatever became of it. */
export async function revokeFamilyOf(
  { bus, clock }: IssuerDeps,
  input: RevokeFamilyInput,
  { requestId }: RequestContext,
): Promise<Record<string, never>> {
  const { family, ...ending } = input
  const at = clock()
  const actor = ending.reason === 'user_request' ? `user:${ending.sub}` : 'operator'
  const command = { type: 'EndFamily', ...ending, at } as const
  const { state } = await handle(bus, tokenFamilies, family, command, { requestId, actor, at })
  const another = ending.reason === 'user_request' && state.status !== 'absent' && state.sub !== ending.sub
  if (state.status === 'absent' || another) throw refuse('family_unknown', { family })
  await publishRevokedFamily(bus, state)
  return {}
}
