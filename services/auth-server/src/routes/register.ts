/**
 * `POST /oauth/register` (RFC 7591 §3): JSON, or a form whose repeated fields are lists; and what a client may do with its
 * registration afterwards (RFC 7592 §2), by the registration access token that it got.
 */
import { deleteClient, type Registration, readClient, registerClient, updateClient } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest, RefusalTable } from '@gateway/service'
import { bearerOf, challenge } from '../bearer.ts'
import { ask, type Context, type Route } from '../context.ts'
import { answers } from '../refusals.ts'

const COMMON = { surface: 'json', cors: true, audit: 'audit.client.refused' } as const

const RECORDED_BY_REGISTRY = [
  'registration_closed',
  'initial_access_token_invalid',
  'registration_limit',
  'invalid_redirect_uri',
  'invalid_client_metadata',
]

export function registerRoutes(context: Context): readonly Route[] {
  const route = { ...COMMON, url: '/oauth/register/:client_id' } as const
  return [
    {
      ...COMMON,
      method: 'POST',
      url: '/oauth/register',
      malformed: 'registration_unreadable',
      recordedElsewhere: RECORDED_BY_REGISTRY,
      handler: challenging(async (request, reply) => {
        const registration = await ask(context, request, registerClient, {
          metadata: objectOf(request.body),
          address: request.ip,
          initial_access_token: bearerOf(request),
        })
        return send(reply, 201, registration)
      }),
    },
    {
      ...route,
      method: 'GET',
      head: false,
      handler: challenging(async (request, reply) =>
        send(reply, 200, await ask(context, request, readClient, managed(request))),
      ),
    },
    {
      ...route,
      method: 'PUT',
      malformed: 'registration_unreadable',
      handler: challenging(async (request, reply) => {
        const input = { ...managed(request), metadata: objectOf(request.body), address: request.ip }
        return send(reply, 200, await ask(context, request, updateClient, input))
      }),
    },
    {
      ...route,
      method: 'DELETE',
      handler: challenging(async (request, reply) => {
        await ask(context, request, deleteClient, { ...managed(request), address: request.ip })
        return reply.code(204).header('Cache-Control', 'no-store').send()
      }),
    },
  ]
}

/** RFC 6750 §3: a token that is refused is told how one would be shown. */
function challenging(handler: Route['handler']): Route['handler'] {
  return async (request, reply) => {
    try {
      return await handler(request, reply)
    } catch (error) {
      const row = error instanceof Refusal ? (answers as RefusalTable)[error.code] : undefined
      if (row?.status === 401) challenge(reply, { error: 'invalid_token' })
      throw error
    }
  }
}

/** @throws Refusal `registration_access_token_invalid`, which an unknown client looks like (RFC 7592 §2.1) */
function managed(request: FastifyRequest): { client_id: string; registration_access_token: string } {
  const { client_id } = request.params as { client_id: string }
  const token = bearerOf(request)
  if (token === undefined) throw new Refusal('registration_access_token_invalid')
  return { client_id, registration_access_token: token }
}

/** @throws Refusal `registration_unreadable` (RFC 7591 §3.2.2) */
function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refusal('registration_unreadable')
  return { ...body }
}

/** RFC 7591 §3.2.1, RFC 7592 §3: what is registered, as it is registered, and with what to come back. */
function send(reply: FastifyReply, status: number, { client, ...registration }: Registration): FastifyReply {
  const { client_secret, client_secret_expires_at = 0, ...management } = registration
  return reply
    .code(status)
    .header('Cache-Control', 'no-store')
    .header('Pragma', 'no-cache')
    .send({
      client_id: client.client_id,
      client_id_issued_at: Math.floor(client.registered_at / 1_000),
      ...(client_secret === undefined ? {} : { client_secret, client_secret_expires_at }),
      ...management,
      ...client.metadata,
    })
}
