/** The grant `client_credentials` (RFC 6749 §4.4): a token of a machine, about nobody but itself. */
import type { RequestContext } from '@gateway/bus'
import type { IssueClientTokenInput, TokenAnswer } from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import { assertInTime, type IssuerDeps } from '../deps.ts'
import { clientTokenClaims } from '../domain/claims.ts'
import { ACCESS_TOKEN_TYPE, signJwt } from '../jwt.ts'
import { bearerAnswer } from '../token-answer.ts'

/** It leaves no fact, since nothing has to be looked up for it again, but it leaves an audit event. */
export async function issueToClient(
  deps: IssuerDeps,
  { client_id, resource, scopes }: IssueClientTokenInput,
  { requestId, deadline }: RequestContext,
): Promise<TokenAnswer> {
  const { issuer, tokens, clock, keys, audit } = deps
  const askedAt = clock()
  const signer = await keys.signer('access-token')
  assertInTime(clock, deadline)
  const issuing = { issuer, askedAt, ttlSeconds: tokens.access_ttl_seconds }
  const claims = clientTokenClaims({ client_id, resource, scopes }, issuing, newId())
  audit.record('audit.token.issued', {
    decision: 'allowed',
    reason: 'client_credentials',
    client_id,
    resource,
    scopes,
    actor: `client:${client_id}`,
    request_id: requestId,
  })
  return bearerAnswer(deps, signJwt(signer, ACCESS_TOKEN_TYPE, claims), scopes, askedAt)
}
