/** A machine gets a token of its own (RFC 6749 §4.4): a configured client that has proved who it is, about nobody but itself. */
import { type Client, issueClientToken, type TokenAnswer } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { IDENTITY_SCOPES, parseScope, resourceOf } from '@gateway/oauth'
import type { FastifyRequest } from '@gateway/service'
import { ask, type Context } from '../context.ts'
import { scopesOf, serviceOf } from '../domain/authorization-request.ts'
import type { Parameters } from '../domain/parameters.ts'

export async function issueToClient(
  context: Context,
  request: FastifyRequest,
  client: Client,
  parameters: Parameters,
): Promise<TokenAnswer> {
  const service = serviceOf(parameters, context.catalogue)
  // There is no user whose identity could be told (RFC 6749 §4.4.3: no refresh token either).
  const scopes = scopesOf(parameters, service).filter((scope) => !isIdentityScope(scope))
  const allowed = allowedScopes(client)
  const granted = allowed === undefined ? scopes : scopes.filter((scope) => allowed.includes(scope))
  // RFC 6749 §3.3
  if (granted.length === 0 && service.scopes.length > 0) throw new Refusal('scope_empty')
  const resource = resourceOf(context.config.issuer, service.id)
  return ask(context, request, issueClientToken, { client_id: client.client_id, resource, scopes: granted })
}

const isIdentityScope = (scope: string) => (IDENTITY_SCOPES as readonly string[]).includes(scope)

/** What the operator lets this client have; undefined: whatever there is. */
function allowedScopes({ metadata: { scope } }: Client): readonly string[] | undefined {
  return scope === undefined ? undefined : (parseScope(scope) ?? [])
}
