/** `GET` and `POST /oauth/authorize` (RFC 6749 §3.1): judges the request and asks the user. Nothing goes upstream from here (original-7). */
import { resolveClient } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { ask, type Context, type Route } from '../context.ts'
import { identifyBrowser } from '../cookies.ts'
import { type AuthorizationRequest, clientIdOf, judge, redirectUriOf } from '../domain/authorization-request.ts'
import { readParameters } from '../domain/parameters.ts'
import { fits, sealRequest } from '../envelope.ts'
import { consentView } from '../pages/consent-view.ts'
import { sendPage } from '../pages/pages.ts'
import { refuseToClient } from './answers.ts'

export function authorizeRoutes(context: Context): readonly Route[] {
  const handler: Route['handler'] = (request, reply) => authorize(context, request, reply)
  const route = { url: '/oauth/authorize', surface: 'page', cors: false, handler } as const
  return [
    { ...route, method: 'GET' },
    { ...route, method: 'POST' },
  ]
}

async function authorize(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const parameters = readParameters(request.method === 'POST' ? request.body : request.query)
  // RFC 6749 §4.1.2.1: until these two have passed there is nobody to redirect to (original-8).
  const { client } = await ask(context, request, resolveClient, { client_id: clientIdOf(parameters) })
  const redirectUri = redirectUriOf(parameters, client)

  const to = { redirect_uri: redirectUri, state: parameters.get('state') }
  try {
    const asked = judge(parameters, client, redirectUri, {
      issuer: context.config.issuer,
      catalogue: context.catalogue,
    })
    const envelope = sealRequest(context, identifyBrowser(context, request, reply), asked)
    if (!fits(envelope)) throw new Refusal('request_too_large')
    return showConsent(context, request, reply, { asked, envelope })
  } catch (error) {
    return refuseToClient(context, request, reply, { to, error, known: { client_id: client.client_id } })
  }
}

function showConsent(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { asked, envelope }: { readonly asked: AuthorizationRequest; readonly envelope: string },
): FastifyReply {
  const service = context.catalogue.get(asked.service)
  if (!service) throw new Refusal('resource_unknown')
  const view = consentView(asked, service, { texts: context.pages.texts, requestId: request.id, envelope })
  return sendPage(reply, context.pages, { status: 200, html: context.pages.consent(view), referrer: 'same-origin' })
}
