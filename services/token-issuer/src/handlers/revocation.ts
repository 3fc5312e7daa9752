/** What tells every proxy that tokens are dead. The message id is derived from what died, so it is one however often it is told. */
import type { Publisher } from '@gateway/bus'
import { type Revocation, revocationSubject, type TokenFamilyState } from '@gateway/contracts'
import { keyOf } from '@gateway/kernel'
import type { AccessTokenClaims } from '@gateway/oauth'

type RevokedFamily = Extract<TokenFamilyState, { status: 'revoked' }>

/** Nothing to tell of a family that is not revoked. @throws Unavailable */
export async function publishRevokedFamily(bus: Publisher, state: TokenFamilyState): Promise<void> {
  if (state.status !== 'revoked') return
  const { family, sub, client_id, revoked_at: at } = state
  await publish(bus, { kind: 'family', id: `family.${family}`, at, actor: actorOf(state), sid: family, sub, client_id })
}

/** @throws Unavailable */
export function publishRevokedToken(bus: Publisher, claims: AccessTokenClaims, at: number): Promise<void> {
  const { jti, sub, client_id } = claims
  return publish(bus, { kind: 'token', id: `token.${jti}`, at, actor: `client:${client_id}`, jti, sub, client_id })
}

/** What ended at `before`, milliseconds since the epoch, which is part of the id: a second end is another one. */
interface Ending {
  readonly at: number
  readonly before: number
  readonly actor: string
}

/** @throws Unavailable */
export function publishRevokedUser(bus: Publisher, sub: string, ending: Ending): Promise<void> {
  return publish(bus, { kind: 'user', id: `user.${keyOf(sub)}.${ending.before}`, sub, ...ending })
}

/** @throws Unavailable */
export function publishRevokedClient(bus: Publisher, client_id: string, ending: Ending): Promise<void> {
  return publish(bus, { kind: 'client', id: `client.${keyOf(client_id)}.${ending.before}`, client_id, ...ending })
}

/** Who used the service by its looser rules is judged by the tighter ones at the next refresh. @throws Unavailable */
export function publishTightenedRule(bus: Publisher, service: string, ending: Ending): Promise<void> {
  return publish(bus, { kind: 'rule', id: `rule.${service}.${ending.before}`, service, ...ending })
}

function actorOf({ reason, sub, client_id }: RevokedFamily): string {
  switch (reason) {
    case 'user_request':
      return `user:${sub}`
    case 'operator_request':
      return 'operator'
    case 'client_request':
    case 'code_replayed':
    case 'refresh_token_reused':
      return `client:${client_id}`
  }
}

function publish(bus: Publisher, revocation: Revocation): Promise<void> {
  return bus.publish(revocationSubject(revocation.kind), revocation.id, revocation)
}
