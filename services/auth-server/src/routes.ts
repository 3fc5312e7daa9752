/** The public HTTP of this service, endpoint by endpoint (`routes/`), and what all endpoints share: preflights, 405, errors. */
import { Refusal } from '@gateway/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from '@gateway/service'
import type { Context, Route } from './context.ts'
import { accountRoutes } from './routes/account.ts'
import { claimedClientId, isClientsFault, recordRefusal, sendProblem, unrecordable } from './routes/answers.ts'
import { authorizeRoutes } from './routes/authorize.ts'
import { callbackRoutes } from './routes/callback.ts'
import { consentRoutes } from './routes/consent.ts'
import { introspectRoutes } from './routes/introspect.ts'
import { jwksRoutes } from './routes/jwks.ts'
import { metadataRoutes } from './routes/metadata.ts'
import { parRoutes } from './routes/par.ts'
import { registerRoutes } from './routes/register.ts'
import { revokeRoutes } from './routes/revoke.ts'
import { schemaRoutes } from './routes/schemas.ts'
import { tokenRoutes } from './routes/token.ts'
import { userinfoRoutes } from './routes/userinfo.ts'

export function routesOf(context: Context): readonly Route[] {
  return [
    authorizeRoutes,
    parRoutes,
    consentRoutes,
    callbackRoutes,
    accountRoutes,
    tokenRoutes,
    revokeRoutes,
    introspectRoutes,
    userinfoRoutes,
    registerRoutes,
    metadataRoutes,
    jwksRoutes,
    schemaRoutes,
  ].flatMap((make) => make(context))
}

export function addRoutes(http: FastifyInstance, context: Context): void {
  const routes = routesOf(context)
  for (const route of routes) addRoute(http, context, route)
  for (const [url, methods] of Map.groupBy(routes, (route) => route.url)) addOtherMethods(http, url, methods)
}

function addRoute(http: FastifyInstance, context: Context, route: Route): void {
  http.route({
    method: route.method,
    url: route.url,
    exposeHeadRoute: route.head ?? true,
    onRequest: async (_, reply) => {
      if (route.cors) allowEveryOrigin(reply)
    },
    handler: limited(context, recorded(context, route)),
    errorHandler(error, request, reply) {
      if (route.surface === 'page') {
        void sendProblem(context, request, reply, error)
        return
      }
      const meant = route.malformed !== undefined && isUnreadable(error) ? new Refusal(route.malformed) : error
      recordRefusal(context, request, route, meant)
      throw meant
    },
  })
}

/** `audit.mode: strict`: what cannot be recorded is not begun. Documents decide nothing, so they are served all the same. */
function recorded(context: Context, route: Route): Route {
  if (route.surface === 'json' && route.audit === undefined) return route
  return {
    ...route,
    handler: async (request, reply) => {
      if (!context.audit.admits()) throw unrecordable()
      return route.handler(request, reply)
    },
  }
}

/** RFC 6585 §4, RFC 6749 §10.10: pages are counted by address before anything is done, refusals of programs afterwards. */
function limited(context: Context, route: Route): Route['handler'] {
  if (route.surface === 'page') {
    return async (request, reply) => {
      await context.limits.page(request.ip)
      return route.handler(request, reply)
    }
  }
  return async (request, reply) => {
    try {
      return await route.handler(request, reply)
    } catch (error) {
      if (isClientsFault(error)) await context.limits.failure(request.ip, claimedClientId(request) ?? '')
      throw error
    }
  }
}

/** The framework's own: a body that is no JSON, no form, or of another content type. Its size limit keeps its 413. */
function isUnreadable(error: unknown): boolean {
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  return (code?.startsWith('FST_') || error instanceof SyntaxError) && statusCode !== 413
}

/** Anybody's page may read it, none with credentials; `*` does not cover `Authorization` (Fetch §3.2.1). */
function allowEveryOrigin(reply: FastifyReply): void {
  reply
    .header('Access-Control-Allow-Origin', '*')
    .header('Access-Control-Expose-Headers', 'WWW-Authenticate, Retry-After, X-Request-Id')
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** RFC 9110 §15.5.6, and the preflights of browsers where other origins are welcome (pain-17). */
function addOtherMethods(http: FastifyInstance, url: string, routes: readonly Route[]): void {
  const served = new Set<string>(routes.map((route) => route.method))
  if (routes.some((route) => route.method === 'GET' && route.head !== false)) served.add('HEAD')
  const cors = routes.some((route) => route.cors)
  const allow = [...served, 'OPTIONS'].join(', ')
  http.route({
    method: METHODS.filter((method) => !served.has(method)),
    url,
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('Allow', allow)
      if (cors) allowEveryOrigin(reply)
      if (request.method !== 'OPTIONS') throw new Refusal('method_not_allowed')
      if (cors) {
        reply
          .header('Access-Control-Allow-Methods', allow)
          .header('Access-Control-Allow-Headers', 'Authorization, Content-Type, MCP-Protocol-Version, *')
          .header('Access-Control-Max-Age', '86400')
      }
      return reply.code(204).send()
    },
  })
}
