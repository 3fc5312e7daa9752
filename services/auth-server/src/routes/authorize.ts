/**
 * `GET` and `POST /oauth/authorize` (RFC 6749 §3.1): judges the request and asks the user, unless he is signed in here and an
 * earlier yes of his stands. Nothing goes upstream from here (original-7).
 */
import { load } from '@gateway/bus'
import { resolveClient } from '@gateway/contracts'
import { newId, Refusal } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { consents } from '../aggregates.ts'
import { ask, type Context, pagesFor, type Route } from '../context.ts'
import { identifyBrowser } from '../cookies.ts'
import {
  type AuthorizationRequest,
  clientIdOf,
  judge,
  promptsOf,
  redirectUriOf,
} from '../domain/authorization-request.ts'
import { consentIdOf, standing } from '../domain/consent.ts'
import { type Parameters, readParameters } from '../domain/parameters.ts'
import { suffices } from '../domain/session.ts'
import { fits, sealRequest } from '../envelope.ts'
import { issueCode, subjectOf } from '../issue-code.ts'
import { languageOfLocales } from '../language.ts'
import { cameByOneself } from '../own-page.ts'
import { consentView } from '../pages/consent-view.ts'
import { sendPage } from '../pages/pages.ts'
import { isPushed } from '../pushed-requests.ts'
import { type Account, signedIn } from '../signed-in.ts'
import { refuseToClient, sendToClient } from './answers.ts'

export function authorizeRoutes(context: Context): readonly Route[] {
  const handler: Route['handler'] = (request, reply) => authorize(context, request, reply)
  const route = { url: '/oauth/authorize', surface: 'page', cors: false, handler } as const
  return [
    { ...route, method: 'GET' },
    { ...route, method: 'POST' },
  ]
}

async function authorize(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const parameters = await parametersOf(context, request)
  // RFC 6749 §4.1.2.1: until these two have passed there is nobody to redirect to (original-8).
  const { client } = await ask(context, request, resolveClient, { client_id: clientIdOf(parameters) })
  const redirectUri = redirectUriOf(parameters, client)

  const to = { redirect_uri: redirectUri, state: parameters.get('state') }
  try {
    const { issuer } = context.config
    const asked = {
      ...judge(parameters, client, redirectUri, { issuer, catalogue: context.catalogue }),
      language: languageOfLocales(parameters.get('ui_locales')),
    }
    return await answer(context, request, reply, { asked, prompts: promptsOf(parameters) })
  } catch (error) {
    return refuseToClient(context, request, reply, { to, error, known: { client_id: client.client_id } })
  }
}

/** As they were sent, or as they were pushed before (RFC 9126 §4): then nothing else that was sent counts. */
async function parametersOf(context: Context, request: FastifyRequest): Promise<Parameters> {
  const sent = readParameters(request.method === 'POST' ? request.body : request.query)
  const requestUri = sent.get('request_uri')
  if (!isPushed(requestUri)) return sent
  const pushed = await context.pushed.take(requestUri, clientIdOf(sent))
  if (!pushed) throw new Refusal('pushed_request_invalid')
  return pushed
}

interface Asked {
  readonly asked: AuthorizationRequest
  readonly prompts: readonly string[]
}

/** @throws Refusal `login_required`, `consent_required`, `interaction_required` where no page may be shown */
async function answer(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { asked, prompts }: Asked,
): Promise<FastifyReply> {
  const account = await accountFor(context, request, reply, asked)
  const how = account === undefined ? 'login_required' : await standingOf(context, request, { asked, prompts }, account)
  if (account !== undefined && how === 'stands') {
    const approval = { id: newId(), asked, user: account.session, asksAnew: false }
    return sendToClient(reply, await issueCode(context, request, approval))
  }
  // OpenID Connect Core §3.1.2.6
  if (prompts.includes('none')) throw new Refusal(how)
  const envelope = sealRequest(context, identifyBrowser(context, request, reply), asked, account?.session.sub)
  if (!fits(envelope)) throw new Refusal('request_too_large')
  return showConsent(context, request, reply, { asked, envelope, account })
}

/** Who is signed in, where that is enough for this request. */
async function accountFor(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: AuthorizationRequest,
): Promise<Account | undefined> {
  const account = await signedIn(context, request, reply, asked.service)
  return account && suffices(account.session, account.profile, asked, context.clock()) ? account : undefined
}

async function standingOf(
  context: Context,
  request: FastifyRequest,
  { asked, prompts }: Asked,
  { session }: Account,
): Promise<ReturnType<typeof standing>> {
  const { remember } = context.config.consent
  if (!remember) return 'consent_required'
  const { state } = await load(context.bus, consents, consentIdOf(subjectOf(session.sub, asked)))
  const { redirect_uri, scopes } = asked
  return standing(state, scopes, { remember, prompts, byOneself: cameByOneself(request), redirect_uri })
}

function showConsent(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  page: { readonly asked: AuthorizationRequest; readonly envelope: string; readonly account: Account | undefined },
): FastifyReply {
  const { asked, envelope, account } = page
  const service = context.catalogue.get(asked.service)
  if (!service) throw new Refusal('resource_unknown')
  const pages = pagesFor(context, request, asked.language)
  const { texts } = pages
  const view = consentView(asked, service, { texts, requestId: request.id, envelope, profile: account?.profile })
  return sendPage(reply, pages, { status: 200, html: pages.consent(view), referrer: 'same-origin' })
}
