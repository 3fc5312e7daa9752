/** One whole sign-in of a new client, in which every step may be told to wait. */
import { createBrowser, type OAuthAnswer, type OAuthClient, type Page } from '@gateway/testing'
import { REDIRECT } from '../e2e/wire.ts'
import { failed, hasRetryAfter, judge, type Verdict, WAIT } from './observations.ts'

/** Longer than anything the gateway may take, so that it is the gateway that answers. */
const PATIENCE_MS = 40_000
/** Less than the life of a code. */
const RETRIES_MS = 45_000
const RETRY_MS = 300

export interface SignedIn {
  readonly clientId: string
  readonly tokens: Readonly<Record<string, unknown>>
  /** The code was sent a second time, at the same moment. */
  readonly contested: boolean
}

export type Outcome<Value> = { readonly value: Value } | { readonly verdict: Verdict }

export function patientFetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) })
}

export async function register(client: OAuthClient): Promise<Outcome<string>> {
  const answer = await client.register({
    client_name: 'Load',
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
  })
  return answer.status === 201 ? { value: String(answer.body.client_id) } : { verdict: judge(answer) }
}

export interface Asked {
  readonly client: OAuthClient
  readonly clientId: string
  readonly resource: string
  readonly person: string
  /** Sends the code twice at once: at most one of them may win. */
  readonly twice: boolean
}

/** @throws Error `double redemption` */
export async function signIn(asked: Asked): Promise<Outcome<SignedIn>> {
  const { client, clientId, resource } = asked
  const request = client.authorization({ client_id: clientId, redirect_uri: REDIRECT, resource })
  const arrived = await visit(request.url, asked.person)
  if ('verdict' in arrived) return arrived
  const code = arrived.value.get('code')
  if (code === null) return { verdict: errorOf(arrived.value) }
  const exchange = () =>
    client.exchange({ client_id: clientId, code, redirect_uri: REDIRECT, code_verifier: request.verifier })
  const answers = asked.twice ? await Promise.all([exchange(), exchange()]) : [await untilAnswered(exchange)]
  const won = answers.filter(({ status }) => status === 200)
  if (won.length > 1) throw new Error('double redemption')
  if (won[0]) return { value: { clientId, tokens: won[0].body, contested: asked.twice } }
  // Of two, one may have been told to wait after it had won, and the other that the code is spent.
  return { verdict: answers.some((answer) => judge(answer).is === 'wait') ? WAIT : judge(answers[0] as OAuthAnswer) }
}

/** What was told to wait is sent again, as clients do: nothing may have been spent. */
async function untilAnswered(exchange: () => Promise<OAuthAnswer>): Promise<OAuthAnswer> {
  const until = performance.now() + RETRIES_MS
  for (;;) {
    const answer = await exchange()
    if (judge(answer).is !== 'wait' || performance.now() > until) return answer
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

/** Consents and signs in without script; what the client's redirect URI is given. */
async function visit(url: URL, person: string): Promise<Outcome<URLSearchParams>> {
  const browser = createBrowser({ stopAt: REDIRECT, send: patientFetch })
  const consent = await browser.open(url)
  if (consent.status !== 200) return { verdict: pageVerdict(consent) }
  const chosen = await browser.submit(consent, { button: { name: 'decision', value: 'approve' } })
  if (chosen.stopped) return { value: chosen.url.searchParams }
  const choice = chosen.forms.flatMap((form) => form.buttons).find((button) => button.text.includes(person))
  if (!choice) return { verdict: pageVerdict(chosen) }
  const end = await browser.submit(chosen, { button: choice.text })
  return end.stopped ? { value: end.url.searchParams } : { verdict: pageVerdict(end) }
}

function pageVerdict(page: Page): Verdict {
  if (page.status === 503 && hasRetryAfter(page.headers)) return WAIT
  return failed(`the page at ${page.url.pathname}: ${page.status} ${page.text.slice(0, 120)}`)
}

/** RFC 6749 §4.1.2.1 */
function errorOf(parameters: URLSearchParams): Verdict {
  const error = parameters.get('error')
  return error === 'temporarily_unavailable' ? WAIT : failed(`the client was told ${error}`)
}
