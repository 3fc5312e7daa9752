/** The demo's sign-in page: one button a person; and the answer that each button gives to the protocol. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { InteractionResults, Provider } from 'oidc-provider'
import { sendPage } from './pages.ts'
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
    if (result) return await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
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
  } catch {
    // Only the browser that was sent here holds the cookie of this sign-in; without it, or later than an hour, there is none.
    const data = { title: 'This sign-in has ended', text: 'Please go back to where you came from and start again.' }
    if (!response.headersSent) sendPage(response, 400, { view: 'message', data })
  }
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
