/**
 * A person's browser for tests, with script switched off: cookies, redirects, refreshing pages, links and forms. What works
 * here works in every browser; what only a script could do does not.
 */
import { type Clock, systemClock } from '@gateway/kernel'
import { CookieJar } from './cookie-jar.ts'
import { type Button, type Form, type Html, readHtml } from './html.ts'

export interface Page extends Html {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  /** The body as it came. */
  readonly source: string
  /** Every address on the way here, redirects included. */
  readonly trail: readonly string[]
  /** A redirect to an address at which this browser stops; it was not requested. `url` is that address, the rest is of the page that sent it there. */
  readonly stopped: boolean
}

export interface BrowserOptions {
  /** Where to stop instead of going there: a prefix of the client's redirect URI. */
  readonly stopAt?: string | undefined
  /** Sends a request; default `fetch`. To reach a public name on a local port, for example. */
  readonly send?: ((url: URL, init: RequestInit) => Promise<Response>) | undefined
  readonly clock?: Clock | undefined
}

/** Which button is pressed: by its text, or by its name and value. Absent: the first one. */
type Choice = string | { readonly name: string; readonly value: string }

export interface Filled {
  readonly button?: Choice | undefined
  /** Values typed into fields; they replace what the page had in them. */
  readonly fields?: Readonly<Record<string, string>> | undefined
  /** Which form of the page, by position; default: the first that has the button and all the fields. */
  readonly form?: number | undefined
}

export interface Browser {
  readonly cookies: CookieJar
  open(url: string | URL): Promise<Page>
  /** @throws when the page has no such form, button or field */
  submit(page: Page, filled?: Filled): Promise<Page>
  /** Follows the link with this text. @throws when there is none */
  follow(page: Page, text: string): Promise<Page>
}

const HOPS_MAX = 20

export function createBrowser(options: BrowserOptions = {}): Browser {
  const cookies = new CookieJar(options.clock ?? systemClock)
  const send = options.send ?? ((url: URL, init: RequestInit) => fetch(url, init))
  const go = (visit: Visit) => navigate(visit, { cookies, send, stopAt: options.stopAt })
  return {
    cookies,
    open: (url) => go({ url: new URL(url), method: 'GET' }),
    submit: async (page, filled = {}) => go(submission(page, filled)),
    async follow(page, text) {
      const link = page.links.find((candidate) => candidate.text === text)
      if (!link) throw new Error(`no link "${text}" on ${page.url.pathname}: ${page.text.slice(0, 500)}`)
      return go({ url: new URL(link.href, page.url), method: 'GET', from: page.url })
    },
  }
}

interface Visit {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly body?: string
  /** The page that caused it. */
  readonly from?: URL
}

interface Means {
  readonly cookies: CookieJar
  readonly send: (url: URL, init: RequestInit) => Promise<Response>
  readonly stopAt: string | undefined
}

async function navigate(first: Visit, means: Means): Promise<Page> {
  const trail: string[] = []
  let visit = first
  for (let hop = 0; hop < HOPS_MAX; hop++) {
    trail.push(visit.url.href)
    const response = await request(visit, means)
    const source = await response.text()
    const isHtml = response.headers.get('content-type')?.startsWith('text/html') ?? false
    const html = readHtml(isHtml ? source : '')
    const next = nextOf(visit, response, html)
    const page = { ...html, status: response.status, headers: response.headers, source, trail }
    if (!next) return { ...page, url: visit.url, stopped: false }
    if (means.stopAt !== undefined && next.url.href.startsWith(means.stopAt)) {
      return { ...page, url: next.url, stopped: true }
    }
    visit = next
  }
  throw new Error(`more than ${HOPS_MAX} redirects: ${trail.join(' → ')}`)
}

async function request(visit: Visit, { cookies, send }: Means): Promise<Response> {
  const headers = new Headers({ accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8', 'accept-language': 'en' })
  const cookie = cookies.header(visit.url)
  if (cookie !== '') headers.set('cookie', cookie)
  // Fetch Metadata: typed, from the same origin, or from elsewhere.
  const site = visit.from === undefined ? 'none' : visit.from.origin === visit.url.origin ? 'same-origin' : 'cross-site'
  headers.set('sec-fetch-site', site)
  if (visit.from)
    headers.set('referer', visit.from.origin === visit.url.origin ? visit.from.href : `${visit.from.origin}/`)
  if (visit.method === 'POST') {
    headers.set('content-type', 'application/x-www-form-urlencoded')
    headers.set('origin', visit.from?.origin ?? 'null')
  }
  const { method, body = null } = visit
  const response = await send(visit.url, { method, headers, body, redirect: 'manual' })
  cookies.accept(visit.url, response.headers.getSetCookie())
  return response
}

/** Fetch §4.4: 303, and 301 or 302 after POST, go on with GET; 307 and 308 repeat what was sent. */
function nextOf(visit: Visit, response: Response, html: Html): Visit | undefined {
  const { status } = response
  const location = status >= 300 && status < 400 ? response.headers.get('location') : (html.refresh ?? null)
  if (location === null) return undefined
  const url = new URL(location, visit.url)
  return status === 307 || status === 308 ? { ...visit, url } : { url, method: 'GET', from: visit.from ?? visit.url }
}

function submission(page: Page, filled: Filled): Visit {
  const { form, button } = chosen(page, filled)
  const typed = filled.fields ?? {}
  const data = new URLSearchParams(form.fields.map(([name, value]) => [name, typed[name] ?? value]))
  if (button && button.name !== '') data.append(button.name, button.value)
  const url = new URL((button?.action ?? form.action) || page.url, page.url)
  if ((button?.method ?? form.method).toLowerCase() === 'post') {
    return { url, method: 'POST', body: data.toString(), from: page.url }
  }
  url.search = data.toString()
  return { url, method: 'GET', from: page.url }
}

function chosen(page: Page, filled: Filled): { form: Form; button: Button | undefined } {
  const wanted = Object.keys(filled.fields ?? {})
  const candidates = filled.form === undefined ? page.forms : page.forms.slice(filled.form, filled.form + 1)
  for (const form of candidates) {
    const button =
      filled.button === undefined ? form.buttons[0] : form.buttons.find((each) => isChoice(each, filled.button))
    const has = (name: string) => form.fields.some(([field]) => field === name)
    if ((button || filled.button === undefined) && wanted.every(has)) return { form, button }
  }
  const offered = page.forms.flatMap((form) => form.buttons.map((button) => button.text)).join(', ')
  throw new Error(
    `no form with ${JSON.stringify(filled)} on ${page.url.pathname} (status ${page.status}, buttons: ${offered}): ${page.text.slice(0, 500)}`,
  )
}

function isChoice(button: Button, choice: Choice | undefined): boolean {
  if (typeof choice === 'string') return button.text === choice
  return button.name === choice?.name && button.value === choice.value
}
