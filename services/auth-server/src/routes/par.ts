/**
 * `POST /oauth/par` (RFC 9126): a client sends its authorization request by itself, authenticated, and gets a name for it. It
 * is judged now, so that the client hears of mistakes (§2.3), and again when somebody comes with that name.
 */
import { Refusal } from '@gateway/kernel'
import { authenticate } from '../authentication.ts'
import type { Context, Route } from '../context.ts'
import { judge, redirectUriOf } from '../domain/authorization-request.ts'
import { readForm } from '../form.ts'
import { PUSHED_SECONDS } from '../pushed-requests.ts'

export function parRoutes(context: Context): readonly Route[] {
  return [
    {
      method: 'POST',
      url: '/oauth/par',
      surface: 'json',
      cors: true,
      audit: 'audit.authorization.refused',
      async handler(request, reply) {
        const parameters = readForm(request)
        const client = await authenticate(context, request, reply, parameters)
        const { issuer } = context.config
        // RFC 9126 §2.1: as at the authorization endpoint; a `request_uri` has no place here (`request_uri_unsupported`).
        judge(parameters, client, redirectUriOf(parameters, client), { issuer, catalogue: context.catalogue })
        const requestUri = await context.pushed.keep(client.client_id, parameters)
        if (requestUri === undefined) throw new Refusal('request_too_large')
        return reply
          .code(201)
          .header('Cache-Control', 'no-store')
          .send({ request_uri: requestUri, expires_in: PUSHED_SECONDS })
      },
    },
  ]
}
