/** How a refusal leaves: to the client, to a person, or as JSON; and always into the audit. */
import type { AuditData, AuditType } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import {
  AUDIT_RETRY_AFTER_SECONDS,
  type FastifyReply,
  type FastifyRequest,
  logUnreadable,
  traceIdOf,
} from '@gateway/service'
import { type Context, pagesFor, type Route } from '../context.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { type AnswerTo, answerUri, redirectHost } from '../domain/authorization-response.ts'
import { type ProblemView, sendPage } from '../pages/pages.ts'
import type { ProblemCode } from '../pages/texts.ts'
import { answered, answers, isRedirected, isShown, redirected, shown } from '../refusals.ts'

/** What is known of the request when it is refused. */
export type Known = Pick<AuditData, 'sub' | 'client_id' | 'service' | 'resource' | 'scopes' | 'redirect_host'>

export function knownOf({ client, service, resource, scopes, redirect_uri }: AuthorizationRequest): Known {
  return { client_id: client.id, service, resource, scopes, redirect_host: redirectHost(redirect_uri) }
}

export function record(
  context: Context,
  request: FastifyRequest,
  type: AuditType,
  data: Pick<AuditData, 'decision' | 'reason'> & Known,
): void {
  const traceId = traceIdOf(request.headers['traceparent'])
  context.audit.record(type, {
    ...data,
    actor: data.sub === undefined ? 'anonymous' : `user:${data.sub}`,
    request_id: request.id,
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    address: request.ip,
  })
}

const AUDIT = 'audit'

/** Answered like any outage, but of these the audit keeps the number alone. */
export function unrecordable(): Unavailable {
  return new Unavailable(AUDIT, { retryAfterSeconds: AUDIT_RETRY_AFTER_SECONDS })
}

function isUnrecordable(error: unknown): boolean {
  return error instanceof Unavailable && error.dependency === AUDIT
}

/** The refusal's code, or what the audit calls an outage and a bug. */
function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.code
  return error instanceof Unavailable ? 'temporarily_unavailable' : 'server_error'
}

/**
 * RFC 6749 §4.1.2.1: the client is told by a redirect, 303, so that no form is ever sent on (RFC 9700 §4.12).
 * @throws what is not for the client to know
 */
export function refuseToClient(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  refused: { readonly to: AnswerTo; readonly error: unknown; readonly known: Known },
): FastifyReply {
  const { to, error } = refused
  if (!(error instanceof Refusal) || !isRedirected(error.code)) throw error
  record(context, request, 'audit.authorization.refused', {
    decision: 'denied',
    reason: error.code,
    redirect_host: redirectHost(to.redirect_uri),
    ...refused.known,
  })
  request.log.info({ reason: error.code }, 'authorization refused')
  const row = redirected[error.code]
  return sendToClient(
    reply,
    answerUri(context.config.issuer, to, { error: row.error, error_description: row.description }),
  )
}

/** The code and the state must not leave by a referrer (RFC 9700 §4.2.4). */
export function sendToClient(reply: FastifyReply, url: string): FastifyReply {
  return reply.header('Cache-Control', 'no-store').header('Referrer-Policy', 'no-referrer').redirect(url, 303)
}

interface Ways extends Pick<ProblemView, 'retry' | 'another' | 'back' | 'account'> {
  readonly known?: Known
  readonly language?: string | undefined
}

/** A page that says what happened, with what way on there is. Never a word of what others sent. */
export function sendProblem(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  { known, language, ...ways }: Ways = {},
): FastifyReply {
  const { code, status } = problemOf(error)
  logUnreadable(request.log, error)
  const refused = { decision: 'denied', reason: reasonOf(error), ...known } as const
  if (!isUnrecordable(error)) record(context, request, 'audit.authorization.refused', refused)
  if (code === 'unexpected') request.log.error({ err: error }, 'unexpected error')
  else request.log.info({ reason: reasonOf(error), detail: (error as { detail?: unknown }).detail, status }, 'refused')
  if (error instanceof Unavailable) reply.header('Retry-After', String(error.retryAfterSeconds))
  if (status === 429) reply.header('Retry-After', String(answered.too_many_requests.retryAfterSeconds))
  const pages = pagesFor(context, request, language)
  const contact = code === 'user_denied' || code === 'user_blocked' ? context.config.access.contact : undefined
  const html = pages.problem({ code, requestId: request.id, contact, ...ways })
  return sendPage(reply, pages, { status, html, referrer: 'same-origin' })
}

function problemOf(error: unknown): { readonly code: ProblemCode; readonly status: number } {
  if (error instanceof Unavailable) {
    return { code: error.dependency === 'identity provider' ? 'provider_unavailable' : 'unavailable', status: 503 }
  }
  if (error instanceof Refusal && isShown(error.code)) return { code: error.code, status: shown[error.code].status }
  const { code, statusCode } = error as { code?: unknown; statusCode?: number }
  if (typeof code === 'string' && code.startsWith('FST_') && statusCode !== undefined && statusCode < 500) {
    return { code: 'request_malformed', status: statusCode }
  }
  return { code: 'unexpected', status: 500 }
}

/** What the registry refuses when a client authenticates it records itself, with what it knows of the client. */
const RECORDED_ELSEWHERE: ReadonlySet<string> = new Set([
  'client_not_found',
  'client_authentication_failed',
  'metadata_document_denied',
  'metadata_document_invalid',
  'metadata_document_unreachable',
])

/** Records the refusal of a JSON endpoint; the chassis answers it. */
export function recordRefusal(context: Context, request: FastifyRequest, route: Route, error: unknown): void {
  const reason = reasonOf(error)
  if (isUnrecordable(error)) return
  if (route.audit === undefined || RECORDED_ELSEWHERE.has(reason) || route.recordedElsewhere?.includes(reason)) return
  const row = Object.hasOwn(answers, reason) ? answers[reason] : undefined
  const type = row?.error === 'invalid_client' ? 'audit.client.authentication-failed' : route.audit
  const clientId = claimedClientId(request)
  record(context, request, type, {
    decision: 'denied',
    reason,
    ...(clientId === undefined ? {} : { client_id: clientId }),
  })
}

/** What a guess would be answered. Outages, bugs and limits are no guesses. */
export function isClientsFault(error: unknown): boolean {
  const status =
    error instanceof Refusal && Object.hasOwn(answers, error.code) ? answers[error.code]?.status : undefined
  return status === 400 || status === 401 || status === 403
}

/** Who the request says it is from. What is no id of ours may be anything, a pasted secret included, and is not recorded. */
export function claimedClientId(request: FastifyRequest): string | undefined {
  const { client_id } = (request.body ?? {}) as { client_id?: unknown }
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/_=-]+)$/i.exec(request.headers.authorization ?? '') ?? []
  const claimed = client_id ?? Buffer.from(encoded, 'base64').toString().split(':', 1)[0]
  return typeof claimed === 'string' && /^[A-Za-z0-9_-]{22}$/.test(claimed) ? claimed : undefined
}
