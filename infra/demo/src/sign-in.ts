/** The demo's sign-in page: one button a person; and the answer that each button gives to the protocol. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { InteractionResults, Provider } from 'oidc-provider'
import { type Page, sendPage } from './pages.ts'
import { findPerson, hinted, people } from './people.ts'

export const SIGN_IN_PATH = '/sign-in/'

const FORM_BYTES_MAX = 1024

export async function answerSignIn(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { prompt, params, uid, session } = await provider.interactionDetails(request, response)
    // A client that insists on `prompt=consent` gets it with the choice of the person, who has just made one.
    if (prompt.name === 'consent' && session) {
      return await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true })
    }
    const result = request.method === 'POST' ? await readChoice(request) : undefined
    if (result) {
      const next = await provider.interactionResult(request, response, result, { mergeWithLastSubmission: false })
      if (session && result.login && result.login.accountId !== session.accountId) await signOut(provider, session.uid)
      response.writeHead(303, { Location: next, 'Cache-Control': 'no-store' }).end()
      return
    }
    const first = hinted(typeof params.login_hint === 'string' ? params.login_hint : undefined)
    const ordered = first ? [first, ...people.filter((person) => person !== first)] : people
    sendPage(response, request.method === 'POST' ? 400 : 200, {
      view: 'sign-in',
      data: {
        action: `${SIGN_IN_PATH}${uid}`,
        people: ordered.map((person) => ({
          ...person,
          picture: `/avatars/${person.id}.svg`,
          hinted: person === first,
        })),
      },
    })
  } catch (error) {
    if (!response.headersSent) sendPage(response, ...failure(error))
  }
}

/** Only the browser that was sent here holds the cookie of this sign-in; without it, or later than an hour, there is none. */
function failure(error: unknown): [status: number, page: Page] {
  const text = 'Please go back to where you came from and start again.'
  const ended = (error as { error?: unknown }).error === 'invalid_request'
  const title = ended ? 'This sign-in has ended' : 'That did not work'
  return [ended ? 400 : 500, { view: 'message', data: { title, text } }]
}

/**
 * Makes room for another person in the same browser. The library would do it with a page that submits itself by script, and
 * through its sign-out endpoint, which is not served here.
 */
async function signOut(provider: Provider, sessionUid: string): Promise<void> {
  const session = await provider.Session.findByUid(sessionUid)
  if (!session) return
  delete session.accountId
  session.authorizations = {}
  await session.persist()
}

/** Undefined when the form names nobody whom we know: the page is shown again. */
async function readChoice(request: IncomingMessage): Promise<InteractionResults | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > FORM_BYTES_MAX) return undefined
    chunks.push(chunk)
  }
  const form = new URLSearchParams(Buffer.concat(chunks).toString())
  if (form.has('cancel')) return { error: 'access_denied', error_description: 'the person cancelled the sign-in' }
  const person = findPerson(form.get('user') ?? '')
  return person && { login: { accountId: person.id, remember: true }, select_account: {} }
}
