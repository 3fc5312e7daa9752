/**
 * `POST /oauth/consent`: the user's decision, taken from our own page alone. Only an approval begins a login, and its state
 * is kept by this very browser (Security Best Practices, Confused Deputy: set after consent, single use, ten minutes).
 */
import { beginLogin, type LoginStarted } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { ask, type Context, type Route } from '../context.ts'
import { browserIdOf, keepLogin } from '../cookies.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { answerUri } from '../domain/authorization-response.ts'
import { readParameters } from '../domain/parameters.ts'
import { openRequest, sealLogin, sealRequest } from '../envelope.ts'
import { isForm } from '../form.ts'
import { shownName } from '../pages/consent-view.ts'
import { sendPage } from '../pages/pages.ts'
import { redirected } from '../refusals.ts'
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
  const asked = browserId === undefined ? undefined : openRequest(context, browserId, form.get('request'))
  if (browserId === undefined || asked === undefined) throw new Refusal('envelope_invalid')
  const decision = form.get('decision')
  if (decision === 'approve') return approve(context, request, reply, { asked, browserId })
  if (decision === 'deny') return deny(context, request, reply, asked)
  throw new Refusal('decision_missing')
}

/**
 * RFC 9700 §4.7. Browsers state where a form came from in `Sec-Fetch-Site`, older ones in `Origin`; neither can be left out
 * by a page. What states nothing is no browser, and its cookie and envelope are proof enough.
 */
function assertOwnPage(context: Context, request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site']
  const origin = request.headers.origin
  const own = site === undefined ? origin === undefined || origin === context.config.issuer : site === 'same-origin'
  if (!own) throw new Refusal('cross_site')
}

async function approve(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { asked, browserId }: { readonly asked: AuthorizationRequest; readonly browserId: string },
): Promise<FastifyReply> {
  let started: LoginStarted
  try {
    const { prompt, login_hint, max_age } = asked
    started = await ask(context, request, beginLogin, { prompt, login_hint, max_age })
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return sendProblem(context, request, reply, error, {
      retry: sealRequest(context, browserId, asked),
      known: knownOf(asked),
    })
  }
  const sealed = sealLogin(context, started.state, { request: asked, login: started.login })
  if (!keepLogin(context, request, reply, { state: started.state, sealed })) {
    const error = new Refusal('request_too_large')
    return refuseToClient(context, request, reply, { to: asked, error, known: knownOf(asked) })
  }
  const { hop } = context.pages.texts
  return sendHop(context, reply, {
    title: hop.toProvider(started.provider),
    note: hop.toProviderNote,
    url: started.url,
  })
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
  const { hop } = context.pages.texts
  const client = shownName(asked.client.name, context.pages.texts)
  return sendHop(context, reply, { title: hop.toClient(client), note: hop.toClientNote, url })
}

function sendHop(
  context: Context,
  reply: FastifyReply,
  view: { readonly title: string; readonly note: string; readonly url: string },
): FastifyReply {
  return sendPage(reply, context.pages, { status: 200, html: context.pages.hop(view), referrer: 'no-referrer' })
}
