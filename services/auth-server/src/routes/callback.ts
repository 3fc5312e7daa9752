/**
 * `GET /oauth/callback`: the identity provider's answer, in the browser that consented, once. It becomes an authorization
 * with a code, and the consent is recorded for the user who signed in.
 */
import { handle } from '@gateway/bus'
import { finishLogin, type LoginFinished } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { authorizations, consents } from '../aggregates.ts'
import { ask, type Context, type Route } from '../context.ts'
import { browserIdOf, takeLogin } from '../cookies.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { answerUri } from '../domain/authorization-response.ts'
import { authorizationIdOf, codeOf } from '../domain/code.ts'
import { consentIdOf } from '../domain/consent.ts'
import { type Login, openLogin, sealRequest } from '../envelope.ts'
import { knownOf, refuseToClient, sendProblem, sendToClient } from './answers.ts'

export function callbackRoutes(context: Context): readonly Route[] {
  return [
    {
      method: 'GET',
      head: false,
      url: '/oauth/callback',
      surface: 'page',
      cors: false,
      handler: (request, reply) => callback(context, request, reply),
    },
  ]
}

async function callback(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { state } = request.query as { state?: unknown }
  const sealed = typeof state === 'string' ? takeLogin(context, request, reply, state) : undefined
  if (typeof state !== 'string' || sealed === undefined) throw new Refusal('login_unbound')
  const login = openLogin(context, state, sealed)
  if (!login) throw new Refusal('login_invalid')
  const asked = login.request
  try {
    const finished = await ask(context, request, finishLogin, { login: login.login, query: queryOf(request) })
    await authorize(context, request, { state, asked, finished })
  } catch (error) {
    return refuse(context, request, reply, login, error)
  }
  const code = codeOf(context.keyring, authorizationIdOf(state))
  return sendToClient(reply, answerUri(context.config.issuer, asked, { code }))
}

/** The query as it came: what the provider wrote into it is for the provider-bridge alone. */
function queryOf(request: FastifyRequest): string {
  const url = request.raw.url ?? ''
  return url.slice(url.indexOf('?') + 1)
}

/** The authorization first: whoever loses its append has used a callback twice and changes nothing. */
async function authorize(
  context: Context,
  request: FastifyRequest,
  { state, asked, finished }: { state: string; asked: AuthorizationRequest; finished: LoginFinished },
): Promise<void> {
  const at = context.clock()
  const { sub } = finished.profile
  const { client, redirect_uri, code_challenge, nonce, service, resource, scopes } = asked
  const decision = { requestId: request.id, actor: `user:${sub}`, at }
  const about = { sub, client_id: client.id, service, resource }
  const grant = { ...about, scopes, redirect_uri, code_challenge, auth_time: finished.auth_time }
  await handle(
    context.bus,
    authorizations,
    authorizationIdOf(state),
    {
      type: 'IssueCode',
      grant: nonce === undefined ? grant : { ...grant, nonce },
      at,
      ttlMs: context.config.tokens.code_ttl_seconds * 1_000,
    },
    decision,
  )
  const granted = { type: 'GrantConsent', subject: about, scopes, at } as const
  await handle(context.bus, consents, consentIdOf(about), granted, decision)
}

/** The client hears that the user was refused; a person reads what is out of order, with a way on and a way back. */
function refuse(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { request: asked }: Login,
  error: unknown,
): FastifyReply {
  const known = knownOf(asked)
  const unavailable = error instanceof Unavailable
  if (!unavailable && !(error instanceof Refusal && error.code === 'login_failed')) {
    return refuseToClient(context, request, reply, { to: asked, error, known })
  }
  const browserId = browserIdOf(context, request)
  return sendProblem(context, request, reply, error, {
    retry: browserId === undefined ? undefined : sealRequest(context, browserId, asked),
    back: answerUri(context.config.issuer, asked, { error: unavailable ? 'temporarily_unavailable' : 'server_error' }),
    known,
  })
}
