/** Dynamic client registration (RFC 7591 §3): open to anybody as far as the operator lets it, so it grants nothing but a name to ask with. */

import { handle, type RequestContext, StreamFull } from '@gateway/bus'
import type { Client, RegisterClientInput, Registration } from '@gateway/contracts'
import { newId, Refusal, secretEquals, Unavailable } from '@gateway/kernel'
import { addressKey } from '@gateway/service'
import { registrations } from '../aggregates.ts'
import { answerOf, metadataOf, type RegistrationDeps } from '../registration-answer.ts'

/**
 * @throws Refusal `registration_closed`, `initial_access_token_invalid`, `registration_limit`, `invalid_redirect_uri`,
 *   `invalid_client_metadata`
 */
export async function registerClient(
  deps: RegistrationDeps,
  input: RegisterClientInput,
  { requestId }: Pick<RequestContext, 'requestId'>,
): Promise<Registration> {
  try {
    await assertAllowed(deps, input)
    const metadata = metadataOf(deps, input.metadata)
    const at = deps.clock()
    const client: Client = { client_id: newId(), origin: 'registered', metadata, registered_at: at }
    const command = { type: 'RegisterClient', client_id: client.client_id, metadata, at } as const
    await withinBounds(() =>
      handle(deps.bus, registrations, client.client_id, command, { requestId, actor: 'anonymous', at }),
    )
    return answerOf(deps, client)
  } catch (error) {
    if (error instanceof Refusal) {
      deps.audit.record('audit.client.refused', {
        decision: 'denied',
        reason: error.code,
        actor: 'anonymous',
        address: input.address,
        request_id: requestId,
      })
    }
    throw error
  }
}

async function assertAllowed({ policy, perAddress }: RegistrationDeps, input: RegisterClientInput): Promise<void> {
  const { enabled, initial_access_tokens: tokens } = policy.dynamic
  if (!enabled) throw new Refusal('registration_closed')
  // Before the token: guessing one is an attempt that counts.
  if (!(await perAddress.take(addressKey(input.address)))) throw new Refusal('registration_limit', { limit: 'address' })
  if (tokens.length === 0) return
  const given = input.initial_access_token ?? ''
  // In constant time, and without an end at the first that is right.
  const isKnown = tokens.filter((token) => secretEquals(token.open(), given)).length > 0
  if (!isKnown) throw new Refusal('initial_access_token_invalid')
}

/** A full stream of registrations is a limit, which passes as they age out; nobody in use is touched by it. */
export async function withinBounds<T>(append: () => Promise<T>): Promise<T> {
  try {
    return await append()
  } catch (error) {
    if (error instanceof Unavailable && error.cause instanceof StreamFull)
      throw new Refusal('registration_limit', { limit: 'total' })
    throw error
  }
}
