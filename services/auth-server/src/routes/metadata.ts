/**
 * The authorization server's metadata (RFC 8414, OpenID Connect Discovery) at every address where clients look for it: at
 * the root, and per service with the path inserted (RFC 8414 §3.1) or appended (OpenID Connect Discovery §4) (pain-7).
 */
import { Refusal } from '@gateway/kernel'
import { authorizationServerMetadata } from '@gateway/oauth'
import type { FastifyReply } from '@gateway/service'
import type { Context, Route } from '../context.ts'
import { LANGUAGES } from '../pages/texts.ts'

const NAMES = ['oauth-authorization-server', 'openid-configuration'] as const
const AGE_SECONDS = 300

export function metadataRoutes(context: Context): readonly Route[] {
  const route = { method: 'GET', surface: 'json', cors: true } as const
  return NAMES.flatMap((name): readonly Route[] => [
    { ...route, url: `/.well-known/${name}`, handler: (_, reply) => send(context, reply) },
    ...[`/.well-known/${name}/:id/mcp`, `/:id/mcp/.well-known/${name}`].map(
      (url): Route => ({
        ...route,
        url,
        async handler(request, reply) {
          const { id } = request.params as { id: string }
          if (!context.catalogue.get(id)) throw new Refusal('service_unknown')
          return send(context, reply)
        },
      }),
    ),
  ])
}

async function send(context: Context, reply: FastifyReply): Promise<FastifyReply> {
  const scopes = context.catalogue.protected().flatMap((service) => service.scopes)
  const { issuer, registration, keys } = context.config
  const metadata = authorizationServerMetadata(issuer, {
    scopes,
    dynamicRegistration: registration.dynamic.enabled,
    metadataDocuments: registration.metadata_documents.enabled,
    languages: LANGUAGES,
    // A key of the algorithm before may still be signing.
    signingAlgorithms: [...new Set(['ES256', keys.algorithm])],
  })
  return reply.header('Cache-Control', `public, max-age=${AGE_SECONDS}`).send(metadata)
}
