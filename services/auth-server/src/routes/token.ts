/** `POST /oauth/token` (RFC 6749 §3.2): authenticate the client, then the grant. One row of `GRANTS` per grant type. */
import type { Client, TokenAnswer } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import type { GrantType } from '@gateway/oauth'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { authenticate, authenticateWithProof } from '../authentication.ts'
import type { Context, Route } from '../context.ts'
import { type Parameters, required } from '../domain/parameters.ts'
import { readForm } from '../form.ts'
import { redeemCode } from '../grants/authorization-code.ts'
import { issueToClient } from '../grants/client-credentials.ts'
import { refresh } from '../grants/refresh-token.ts'

export type Grant = (
  context: Context,
  request: FastifyRequest,
  client: Client,
  parameters: Parameters,
) => Promise<TokenAnswer>

const GRANTS: Readonly<Record<GrantType, Grant>> = {
  authorization_code: redeemCode,
  refresh_token: refresh,
  client_credentials: issueToClient,
}

export function tokenRoutes(context: Context): readonly Route[] {
  return [
    {
      method: 'POST',
      url: '/oauth/token',
      surface: 'json',
      cors: true,
      audit: 'audit.token.refused',
      handler: (request, reply) => token(context, request, reply),
    },
  ]
}

async function token(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const parameters = readForm(request)
  const grantType = grantTypeOf(parameters)
  // RFC 6749 §4.4: only for clients that prove who they are.
  const proving = grantType === 'client_credentials' ? authenticateWithProof : authenticate
  const client = await proving(context, request, reply, parameters)
  // RFC 6749 §5.2 `unauthorized_client`
  if (!client.metadata.grant_types.includes(grantType)) throw new Refusal('grant_type_not_registered')
  const answer = await GRANTS[grantType](context, request, client, parameters)
  // RFC 6749 §5.1
  return reply.header('Cache-Control', 'no-store').header('Pragma', 'no-cache').send(answer)
}

function grantTypeOf(parameters: Parameters): GrantType {
  const grantType = required(parameters, 'grant_type')
  if (!Object.hasOwn(GRANTS, grantType)) throw new Refusal('grant_type_unsupported')
  return grantType as GrantType
}
