/**
 * The HTTP server of a service: request ids, JSON errors, Host check, `/health` and `/ready`, no framework text in any answer.
 * Routes are the service's own (`routes.ts`).
 */
import formbody from '@fastify/formbody'
import { newId } from '@gateway/kernel'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { AppDeps } from './app.ts'
import { type RefusalTable, toErrorAnswer } from './errors.ts'
import { logUnreadable } from './log.ts'

export type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface HttpOptions {
  readonly refusals: RefusalTable
  /** Called for every refusal and failure that is answered, for audit. */
  readonly onError?: (request: FastifyRequest, error: unknown, status: number) => void
  readonly bodyLimitBytes?: number
}

export async function createHttp(deps: AppDeps, options: HttpOptions): Promise<FastifyInstance> {
  const http = Fastify({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newId(),
    trustProxy: deps.config.trusted_proxies.length > 0 ? [...deps.config.trusted_proxies] : false,
    bodyLimit: options.bodyLimitBytes ?? 64 * 1024,
    routerOptions: { ignoreTrailingSlash: false, caseSensitive: true },
    exposeHeadRoutes: true,
    // A URL that cannot be decoded reaches no route and no error handler.
    frameworkErrors: (_error, _request, reply) => {
      void sendError(reply, { status: 400, error: 'invalid_request', description: 'The address is malformed.' })
    },
  })
  await http.register(formbody)
  http.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
    reply.header('X-Content-Type-Options', 'nosniff')
    // RFC 9112 §3.2, RFC 9110 §5.3: where there are two, an edge may have judged the other one.
    if (isRepeated(request.raw.rawHeaders)) {
      await sendError(reply, {
        status: 400,
        error: 'invalid_request',
        description: 'A header is given more than once.',
      })
      return
    }
    // RFC 9110 §7.4, §15.5.20; against DNS rebinding (MCP Security Best Practices).
    if (!hostAllowed(request.headers.host, deps.config)) {
      await sendError(reply, { status: 421, error: 'invalid_request', description: 'This host is not served here.' })
    }
  })
  http.setNotFoundHandler((_request, reply) =>
    sendError(reply, { status: 404, error: 'not_found', description: 'There is nothing at this address.' }),
  )
  http.setErrorHandler((error, request, reply) => {
    const answer = fromFramework(error) ?? toErrorAnswer(error, options.refusals)
    logUnreadable(request.log, error)
    if ('bug' in answer && answer.bug) request.log.error({ err: error }, 'unexpected error')
    else
      request.log.info(
        { err: { message: String(error), detail: (error as { detail?: unknown }).detail }, status: answer.status },
        'refused',
      )
    options.onError?.(request, error, answer.status)
    return sendError(reply, answer)
  })
  return http as unknown as FastifyInstance
}

export interface ErrorBody {
  readonly status: number
  readonly error: string
  readonly description: string
  readonly retryAfterSeconds?: number
}

/** RFC 6749 §5.2: `{ error, error_description }`, never stored by a cache. */
export function sendError(reply: FastifyReply, answer: ErrorBody): FastifyReply {
  if (answer.retryAfterSeconds !== undefined) reply.header('Retry-After', String(answer.retryAfterSeconds))
  return reply
    .code(answer.status)
    .header('Cache-Control', 'no-store')
    .send({ error: answer.error, error_description: answer.description })
}

/** What fastify itself refuses: unreadable JSON or form, too large, unsupported media type. */
function fromFramework(error: unknown): ErrorBody | undefined {
  const { statusCode: status, code } = error as { statusCode?: number; code?: string }
  // What it calls a server error is a bug of ours, and so is a SyntaxError that did not come from reading a body.
  if (status === undefined || status >= 500) return undefined
  if (!code?.startsWith('FST_') && !(error instanceof SyntaxError)) return undefined
  const description =
    status === 413
      ? 'The request body is too large.'
      : status === 415
        ? 'This content type is not accepted here.'
        : 'The request body is malformed.'
  return { status, error: 'invalid_request', description }
}

const ONCE: ReadonlySet<string> = new Set(['authorization', 'content-type', 'host'])

/** `raw`: names and values, flat, as Node read them; it keeps the first of several. */
function isRepeated(raw: readonly string[]): boolean {
  const names = raw.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
  const once = names.filter((name) => ONCE.has(name))
  return new Set(once).size < once.length
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** The issuer's host, `allowed_hosts`, and, on a loopback issuer, every loopback name with any port (DNS rebinding protection). */
export function hostAllowed(host: string | undefined, config: AppDeps['config']): boolean {
  if (host === undefined) return false
  const issuer = new URL(config.issuer)
  if (host.toLowerCase() === issuer.host || config.allowed_hosts.includes(host.toLowerCase())) return true
  const name = host.toLowerCase().replace(/:\d+$/, '')
  return LOOPBACK.has(issuer.hostname) && LOOPBACK.has(name)
}
