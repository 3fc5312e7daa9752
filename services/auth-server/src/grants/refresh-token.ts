/** A refresh token becomes the next one (RFC 6749 §6); everything about families is decided by the token-issuer. */
import { type Client, refreshToken, type TokenAnswer } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { parseScope } from '@gateway/oauth'
import type { FastifyRequest } from '@gateway/service'
import { ask, type Context } from '../context.ts'
import { type Parameters, required } from '../domain/parameters.ts'
import { resourceOf } from './authorization-code.ts'

export async function refresh(
  context: Context,
  request: FastifyRequest,
  client: Client,
  parameters: Parameters,
): Promise<TokenAnswer> {
  const scopes = scopesOf(parameters)
  const resource = resourceOf(parameters)
  return ask(context, request, refreshToken, {
    refresh_token: required(parameters, 'refresh_token'),
    client_id: client.client_id,
    ...(scopes === undefined ? {} : { scopes }),
    ...(resource === undefined ? {} : { resource }),
  })
}

/** RFC 6749 §6, §3.3; absent: the scopes of the grant. @throws Refusal `scope_malformed` */
function scopesOf(parameters: Parameters): string[] | undefined {
  const scope = parameters.get('scope')
  const scopes = parseScope(scope ?? '')
  if (scopes === undefined) throw new Refusal('scope_malformed')
  return scopes.length === 0 ? undefined : scopes
}
