/**
 * `GET /oauth/callback`: the identity provider's answer, in the browser that sent somebody there, once. It signs that browser
 * in, and what was approved in it becomes an authorization with a code, recorded for the user who signed in.
 */
import { finishLogin } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { ask, type Context, type Route } from '../context.ts'
import { browserIdOf, takeLogin } from '../cookies.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { answerUri } from '../domain/authorization-response.ts'
import { authorizationIdOf } from '../domain/code.ts'
import { openLogin, sealRequest } from '../envelope.ts'
import { issueCode } from '../issue-code.ts'
import { signIn } from '../signed-in.ts'
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
  // RFC 6749 §10.12, RFC 9700 §4.7.1: of the browser that was sent there, and of the login that it was sent for.
  const { state } = request.query as { state?: unknown }
  const sealed = typeof state === 'string' ? takeLogin(context, request, reply, state) : undefined
  if (typeof state !== 'string' || sealed === undefined) throw new Refusal('login_unbound')
  const login = openLogin(context, state, sealed)
  if (!login) throw new Refusal('login_invalid')
  const asked = login.request
  const finish = { login: login.login, query: queryOf(request), service: asked?.service }
  try {
    const { profile, auth_time } = await ask(context, request, finishLogin, finish)
    const user = { sub: profile.sub, auth_time }
    // The authorization's id derives from the state: its append is what makes a callback count once (original-9).
    const url =
      asked === undefined
        ? `${context.config.issuer}/account`
        : await issueCode(context, request, { id: authorizationIdOf(state), asked, user, asksAnew: true })
    await signIn(context, request, reply, user)
    return sendToClient(reply, url)
  } catch (error) {
    if (asked === undefined) return sendProblem(context, request, reply, error, { account: true })
    return refuse(context, request, reply, { asked, error })
  }
}

/** The query as it came: what the provider wrote into it is for the provider-bridge alone. */
function queryOf(request: FastifyRequest): string {
  const url = request.raw.url ?? ''
  return url.slice(url.indexOf('?') + 1)
}

/** What the client hears when the user goes back to it; everything else it hears at once. */
const ERRORS: Readonly<Record<string, string>> = {
  login_failed: 'server_error',
  user_denied: 'access_denied',
  user_blocked: 'access_denied',
}

/** A person reads what is out of order, or why there is no access, with a way on and a way back. */
function refuse(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { asked, error }: { readonly asked: AuthorizationRequest; readonly error: unknown },
): FastifyReply {
  const known = knownOf(asked)
  const told =
    error instanceof Unavailable ? 'temporarily_unavailable' : ERRORS[(error as { code?: string }).code ?? '']
  if (told === undefined) return refuseToClient(context, request, reply, { to: asked, error, known })
  const browserId = browserIdOf(context, request)
  const again = browserId === undefined ? undefined : sealRequest(context, browserId, asked)
  return sendProblem(context, request, reply, error, {
    ...(told === 'access_denied' ? { another: again } : { retry: again }),
    back: answerUri(context.config.issuer, asked, { error: told }),
    known,
    language: asked.language,
  })
}
