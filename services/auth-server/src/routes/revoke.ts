/** `POST /oauth/revoke` (RFC 7009): authenticates the client; what a token is, and whose, is for the token-issuer to know. */
import { revokeToken } from '@gateway/contracts'
import { authenticate } from '../authentication.ts'
import { ask, type Context, type Route } from '../context.ts'
import { required } from '../domain/parameters.ts'
import { readForm } from '../form.ts'

export function revokeRoutes(context: Context): readonly Route[] {
  return [
    {
      method: 'POST',
      url: '/oauth/revoke',
      surface: 'json',
      cors: true,
      audit: 'audit.token.refused',
      async handler(request, reply) {
        const parameters = readForm(request)
        const token = required(parameters, 'token')
        // RFC 7009 §2.1: authenticated first, then compared with whose token it is.
        const client = await authenticate(context, request, reply, parameters)
        await ask(context, request, revokeToken, { token, client_id: client.client_id })
        // RFC 7009 §2.2: 200 for a token that we do not know, too.
        return reply.code(200).header('Cache-Control', 'no-store').send()
      },
    },
  ]
}
