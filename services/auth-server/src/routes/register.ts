/** `POST /oauth/register` (RFC 7591 §3): JSON, or a form whose repeated fields are lists. */
import { type Registration, registerClient } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { ask, type Context, type Route } from '../context.ts'

export function registerRoutes(context: Context): readonly Route[] {
  return [
    {
      method: 'POST',
      url: '/oauth/register',
      surface: 'json',
      cors: true,
      audit: 'audit.client.refused',
      malformed: 'registration_unreadable',
      async handler(request, reply) {
        const registration = await ask(context, request, registerClient, {
          metadata: objectOf(request.body),
          address: request.ip,
        })
        return reply
          .code(201)
          .header('Cache-Control', 'no-store')
          .header('Pragma', 'no-cache')
          .send(answer(registration))
      },
    },
  ]
}

/** @throws Refusal `registration_unreadable` (RFC 7591 §3.2.2) */
function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refusal('registration_unreadable')
  return { ...body }
}

/** RFC 7591 §3.2.1: what was registered, as it was registered. */
function answer({ client, client_secret, client_secret_expires_at = 0 }: Registration): Record<string, unknown> {
  return {
    client_id: client.client_id,
    client_id_issued_at: Math.floor(client.registered_at / 1_000),
    ...(client_secret === undefined ? {} : { client_secret, client_secret_expires_at }),
    ...client.metadata,
  }
}
