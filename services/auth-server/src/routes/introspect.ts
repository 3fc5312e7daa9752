/** `POST /oauth/introspect` (RFC 7662): for clients that prove who they are; what is not theirs looks like nothing. */
import { introspectToken } from '@gateway/contracts'
import { authenticateWithProof } from '../authentication.ts'
import { ask, type Context, type Route } from '../context.ts'
import { required } from '../domain/parameters.ts'
import { readForm } from '../form.ts'

export function introspectRoutes(context: Context): readonly Route[] {
  return [
    {
      method: 'POST',
      url: '/oauth/introspect',
      surface: 'json',
      cors: false,
      audit: 'audit.token.refused',
      async handler(request, reply) {
        const parameters = readForm(request)
        const token = required(parameters, 'token')
        // RFC 7662 §2.1, §4: who asks proves who he is, or tokens could be probed.
        const { client_id } = await authenticateWithProof(context, request, reply, parameters)
        const answer = await ask(context, request, introspectToken, { token, client_id })
        return reply.header('Cache-Control', 'no-store').send(answer)
      },
    },
  ]
}
