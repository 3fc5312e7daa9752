/** What tells every proxy that tokens are dead. The message id is derived from what died, so it is one however often it is told. */
import type { Publisher } from '@gateway/bus'
import { type Revocation, revocationSubject, type TokenFamilyState } from '@gateway/contracts'
import type { AccessTokenClaims } from '@gateway/oauth'

/** Nothing to tell of a family that is not revoked. @throws Unavailable */
export async function publishRevokedFamily(bus: Publisher, state: TokenFamilyState): Promise<void> {
  if (state.status !== 'revoked') return
  const { family, sub, client_id, revoked_at } = state
  await publish(bus, { kind: 'family', id: `family.${family}`, at: revoked_at, sid: family, sub, client_id })
}

/** @throws Unavailable */
export function publishRevokedToken(bus: Publisher, claims: AccessTokenClaims, at: number): Promise<void> {
  const { jti, sub, client_id } = claims
  return publish(bus, { kind: 'token', id: `token.${jti}`, at, jti, sub, client_id })
}

function publish(bus: Publisher, revocation: Revocation): Promise<void> {
  return bus.publish(revocationSubject(revocation.kind), revocation.id, revocation)
}
