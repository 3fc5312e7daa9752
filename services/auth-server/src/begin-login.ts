/** Sends a browser to the identity provider. Its login is kept by this very browser (Security Best Practices, Confused Deputy). */
import { beginLogin, type LoginStarted } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import type { FastifyReply, FastifyRequest } from '@gateway/service'
import { ask, type Context, pagesFor } from './context.ts'
import { keepLogin } from './cookies.ts'
import type { AuthorizationRequest } from './domain/authorization-request.ts'
import { sealLogin } from './envelope.ts'
import { sendHop } from './pages/pages.ts'

/**
 * @param asked what was approved; absent: somebody signs in for the account page
 * @throws Refusal `request_too_large`; Unavailable
 */
export async function sendToProvider(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  asked?: AuthorizationRequest,
): Promise<FastifyReply> {
  const { prompt, login_hint, max_age } = asked ?? {}
  const started: LoginStarted = await ask(context, request, beginLogin, { prompt, login_hint, max_age })
  const sealed = sealLogin(context, started.state, { request: asked, login: started.login })
  const kept = keepLogin(context, request, reply, { state: started.state, sealed })
  if (!kept) throw new Refusal('request_too_large')
  const pages = pagesFor(context, request, asked?.language)
  const { hop } = pages.texts
  return sendHop(reply, pages, { title: hop.toProvider(started.provider), note: hop.toProviderNote, url: started.url })
}
