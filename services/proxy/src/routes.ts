/** What the proxy answers itself: the catalogue, and the metadata of the protected resources (RFC 9728). */

import type { Service } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { protectedResourceMetadata, protectedResourceMetadataUrl } from '@gateway/oauth'
import type { AppDeps, FastifyInstance, FastifyReply, FastifyRequest } from '@gateway/service'
import type { Catalogue } from './domain/catalogue.ts'
import type { Origins } from './domain/origins.ts'
import { type RefusalCode, refusals } from './refusals.ts'

const METADATA = '/.well-known/oauth-protected-resource'
/** Clients cannot go on without it and read a failure as "there is none", so it may be kept a while. */
const METADATA_CACHE = 'public, max-age=300'

export interface RouteDeps {
  readonly catalogue: Catalogue
  readonly origins: () => Origins
}

export function registerRoutes(http: FastifyInstance, deps: AppDeps, own: RouteDeps): void {
  const { issuer, branding } = deps.config
  http.get('/', () => ({ name: branding.name, version: deps.version, issuer, services: own.catalogue.list().length }))
  registerCatalogue(http, issuer, own)
  registerMetadata(http, issuer, own.catalogue)
}

function registerCatalogue(http: FastifyInstance, issuer: string, { catalogue, origins }: RouteDeps): void {
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => checkOrigin(origins(), request, reply)
  const preflight = (request: FastifyRequest, reply: FastifyReply) => {
    setAll(reply, origins().preflightHeaders(request.headers['access-control-request-headers']))
    return reply.code(204).send()
  }
  http.get('/services', { onRequest }, () => ({
    services: Object.fromEntries(catalogue.list().map(({ service }) => [service.id, summary(issuer, service)])),
  }))
  http.get<{ Params: { id: string } }>('/services/:id', { onRequest }, (request) => {
    const { service } = found(catalogue, request.params.id)
    const provider = service.oauth_provider === undefined ? {} : { oauth_provider: service.oauth_provider }
    return { id: service.id, ...summary(issuer, service), ...provider }
  })
  http.options('/services', { onRequest }, preflight)
  http.options('/services/:id', { onRequest }, preflight)
}

/** T1 and the `cors` section hold for the catalogue as for the endpoints. */
function checkOrigin(origins: Origins, request: FastifyRequest, reply: FastifyReply): void {
  const { origin } = request.headers
  if (origin === undefined) return
  const headers = origins.headersFor(origin)
  if (headers === undefined) throw new Refusal('origin_not_allowed' satisfies RefusalCode)
  setAll(reply, headers)
}

function summary(issuer: string, service: Service): Record<string, unknown> {
  const { id, name, auth_required, scopes } = service
  return { name, url: `${issuer}/${id}/mcp`, auth_required, scopes }
}

/** The path form, and the root form with and without `service_id`. Any origin may read them, without credentials. */
function registerMetadata(http: FastifyInstance, issuer: string, catalogue: Catalogue): void {
  const onRequest = async (_request: FastifyRequest, reply: FastifyReply) => {
    reply.header('Access-Control-Allow-Origin', '*')
  }
  const document = (reply: FastifyReply, id: string) => {
    const { service } = found(catalogue, id)
    // A public service is no protected resource.
    if (!service.auth_required) throw new Refusal('service_not_found' satisfies RefusalCode)
    reply.header('Cache-Control', METADATA_CACHE)
    return protectedResourceMetadata({ issuer, service })
  }
  const preflight = (_request: FastifyRequest, reply: FastifyReply) =>
    reply
      .code(204)
      .header('Access-Control-Allow-Methods', 'GET, HEAD')
      .header('Access-Control-Allow-Headers', '*')
      .send()

  http.get<{ Params: { id: string } }>(`${METADATA}/:id/mcp`, { onRequest }, (request, reply) =>
    document(reply, request.params.id),
  )
  http.get<{ Querystring: { service_id?: string | string[] } }>(METADATA, { onRequest }, (request, reply) => {
    const id = request.query.service_id
    if (typeof id === 'string') return document(reply, id)
    const documents = catalogue.list().filter(({ service }) => service.auth_required)
    const [only] = documents
    if (only !== undefined && documents.length === 1) return document(reply, only.service.id)
    return reply
      .code(refusals.resource_not_named.status)
      .send(unnamed(documents.map(({ service }) => protectedResourceMetadataUrl(issuer, service.id))))
  })
  http.options(METADATA, { onRequest }, preflight)
  http.options(`${METADATA}/:id/mcp`, { onRequest }, preflight)
}

/** Names the documents, so that whoever looks can go on. */
function unnamed(documents: readonly string[]): Record<string, unknown> {
  const { error, description } = refusals.resource_not_named
  return { error, error_description: description, documents }
}

function found(catalogue: Catalogue, id: string) {
  const served = catalogue.get(id)
  if (served === undefined) throw new Refusal('service_not_found' satisfies RefusalCode)
  return served
}

function setAll(reply: FastifyReply, headers: readonly string[]): void {
  for (let i = 0; i < headers.length; i += 2) reply.header(headers[i] as string, headers[i + 1])
}
