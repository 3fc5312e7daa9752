/**
 * `POST /oauth/consent`: the user's decision, taken from our own page alone. Whoever is signed in as the account that the page
 * named is done with it; everybody else signs in now, and only an approval begins that (Security Best Practices, Confused
 * Deputy: state set after consent, single use, ten minutes).
 */
import { Refusal, Unavailable } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { sendToProvider } from '../begin-login.ts'
import { type Context, pagesFor, type Route } from '../context.ts'
import { browserIdOf } from '../cookies.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { answerUri } from '../domain/authorization-response.ts'
import { authorizationIdOf } from '../domain/code.ts'
import { readParameters } from '../domain/parameters.ts'
import { suffices } from '../domain/session.ts'
import { type Envelope, openRequest, sealRequest } from '../envelope.ts'
import { isForm } from '../form.ts'
import { answerAgain, issueCode } from '../issue-code.ts'
import { assertOwnPage } from '../own-page.ts'
import { sendHop } from '../pages/pages.ts'
import { shownName } from '../pages/shown.ts'
import { redirected } from '../refusals.ts'
import { signedIn } from '../signed-in.ts'
import { knownOf, record, refuseToClient, sendProblem } from './answers.ts'

export function consentRoutes(context: Context): readonly Route[] {
  return [
    {
      method: 'POST',
      url: '/oauth/consent',
      surface: 'page',
      cors: false,
      handler: (request, reply) => decide(context, request, reply),
    },
  ]
}

async function decide(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  assertOwnPage(context, request)
  if (!isForm(request)) throw new Refusal('request_malformed')
  const form = readParameters(request.body)
  const browserId = browserIdOf(context, request)
  // RFC 9700 §4.7, §4.16: the page that this browser was shown, within its ten minutes.
  const envelope = browserId === undefined ? undefined : openRequest(context, browserId, form.get('request'))
  if (browserId === undefined || envelope === undefined) throw new Refusal('envelope_invalid')
  const asked = envelope.request
  const decision = form.get('decision')
  if (decision === 'deny') return deny(context, request, reply, asked)
  if (decision === 'switch') {
    return approve(context, request, reply, { asked: { ...asked, prompt: 'select_account' }, browserId })
  }
  if (decision !== 'approve') throw new Refusal('decision_missing')
  const url = await approveAsAccount(context, request, reply, envelope)
  return url === undefined
    ? approve(context, request, reply, { asked, browserId })
    : toClient(context, request, reply, { asked, url, note: 'toClientAllowed' })
}

/**
 * Where the answer goes; undefined when the account that the page named is no longer the one that is signed in here.
 * (Never the reply itself: awaiting one waits for it to be sent and yields nothing.)
 */
async function approveAsAccount(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { id: shown, request: asked, account: named }: Envelope,
): Promise<string | undefined> {
  const account = named === undefined ? undefined : await signedIn(context, request, reply, asked.service)
  if (account?.session.sub !== named || account === undefined) return undefined
  if (!suffices(account.session, account.profile, asked, context.clock())) return undefined
  const id = authorizationIdOf(`page:${shown}`)
  try {
    return await issueCode(context, request, { id, asked, user: account.session, asksAnew: true })
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'authorization_repeated') throw error
    return answerAgain(context, id, asked)
  }
}

async function approve(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { asked, browserId }: { readonly asked: AuthorizationRequest; readonly browserId: string },
): Promise<FastifyReply> {
  const known = knownOf(asked)
  try {
    return await sendToProvider(context, request, reply, asked)
  } catch (error) {
    if (!(error instanceof Unavailable)) return refuseToClient(context, request, reply, { to: asked, error, known })
    const retry = sealRequest(context, browserId, asked)
    return sendProblem(context, request, reply, error, { retry, known, language: asked.language })
  }
}

function deny(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: AuthorizationRequest,
): FastifyReply {
  record(context, request, 'audit.consent.denied', { decision: 'denied', reason: 'consent_denied', ...knownOf(asked) })
  const { error, description } = redirected.consent_denied
  const url = answerUri(context.config.issuer, asked, { error, error_description: description })
  return toClient(context, request, reply, { asked, url, note: 'toClientDenied' })
}

function toClient(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: {
    readonly asked: AuthorizationRequest
    readonly url: string
    readonly note: 'toClientAllowed' | 'toClientDenied'
  },
): FastifyReply {
  const { asked, url, note } = answer
  const pages = pagesFor(context, request, asked.language)
  const { hop } = pages.texts
  const title = hop.toClient(shownName(asked.client.name, pages.texts))
  return sendHop(reply, pages, { title, note: hop[note], url })
}
