/**
 * A code becomes tokens (RFC 6749 §4.1.3). Everything is checked before anything is spent; then the token-issuer's append
 * on the family that this code derives is the one lock. Whoever passes all checks and loses it is a replay (§4.1.2).
 */
import { handle, load } from '@gateway/bus'
import { type Client, issueToken, type TokenAnswer } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { canonicalResource } from '@gateway/oauth'
import type { FastifyRequest } from '@gateway/service'
import { authorizations } from '../aggregates.ts'
import { ask, type Context } from '../context.ts'
import { type AuthorizationCommand, assertRedeemable, type Grant } from '../domain/authorization.ts'
import { familyIdOf, openCode } from '../domain/code.ts'
import { type Parameters, required } from '../domain/parameters.ts'

export async function redeemCode(
  context: Context,
  request: FastifyRequest,
  client: Client,
  parameters: Parameters,
): Promise<TokenAnswer> {
  const code = required(parameters, 'code')
  // RFC 7636 §4.5
  const codeVerifier = required(parameters, 'code_verifier')
  const id = openCode(context.keyring, code)
  // RFC 6749 §10.10: a guess costs nothing and finds nothing.
  if (id === undefined) throw new Refusal('code_malformed')
  const at = context.clock()
  const { state } = await load(context.bus, authorizations, id)
  const grant = assertRedeemable(state, {
    client_id: client.client_id,
    redirect_uri: parameters.get('redirect_uri'),
    code_verifier: codeVerifier,
    resource: resourceOf(parameters),
    at,
  })
  const family = familyIdOf(id)
  const note = (type: 'RecordRedemption' | 'RecordReplay') =>
    tell(context, request, id, { actor: `client:${client.client_id}`, command: { type, family, at } })
  try {
    const answer = await ask(context, request, issueToken, issueInput(grant, client, family))
    await note('RecordRedemption')
    return answer
  } catch (error) {
    if (error instanceof Refusal && error.code === 'code_replayed') await note('RecordReplay')
    throw error
  }
}

function issueInput(grant: Grant, client: Client, family: string) {
  const { sub, client_id, resource, scopes, auth_time, nonce } = grant
  // A client that lists the grant gets a refresh token, `offline_access` or not (pain-2).
  const refreshable = client.metadata.grant_types.includes('refresh_token')
  const input = { family, sub, client_id, resource, scopes: [...scopes], auth_time, refreshable }
  return nonce === undefined ? input : { ...input, nonce }
}

/** RFC 8707 §2, in the form in which resources are compared (pain-6). @throws Refusal `resource_malformed` */
export function resourceOf(parameters: Parameters): string | undefined {
  const asked = parameters.get('resource')
  if (asked === undefined) return undefined
  const resource = canonicalResource(asked)
  if (resource === undefined) throw new Refusal('resource_malformed')
  return resource
}

/** The tokens exist already, or are revoked already: that the fact cannot be added now must not take the answer away. */
async function tell(
  context: Context,
  request: FastifyRequest,
  id: string,
  { actor, command }: { readonly actor: string; readonly command: AuthorizationCommand },
): Promise<void> {
  try {
    await handle(context.bus, authorizations, id, command, { requestId: request.id, actor, at: command.at })
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    request.log.warn({ err: error, fact: command.type }, 'the outcome of a redemption is not recorded')
  }
}
