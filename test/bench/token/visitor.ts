/** The browsers of the measurement: each signs in once, and then gets code after code without being asked again. */
import { createHash } from 'node:crypto'
import { createBrowser, type Page } from '@gateway/testing'
import { CLIENT, type Subject } from './subjects.ts'

export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

export interface Visitor {
  code(): Promise<string>
}

/** In turn, since nobody has thousands of connected apps. */
export async function visitors(subject: Subject): Promise<Visitor> {
  const all: Visitor[] = []
  for (const person of PEOPLE) all.push(await visit(subject, person))
  let turn = 0
  return { code: () => (all[turn++ % all.length] as Visitor).code() }
}

const PEOPLE = ['Ada Lovelace', 'Grace Hopper', 'Søren Ünal'] as const

async function visit(subject: Subject, person: string): Promise<Visitor> {
  const browser = createBrowser({ stopAt: CLIENT.redirectUri })
  const url = authorizationUrl(subject)
  let page = await browser.open(url)
  if (!page.stopped) {
    page = await browser.submit(page, { button: { name: 'decision', value: 'approve' } })
    page = await browser.submit(page, { button: buttonOf(page, person) })
  }
  codeIn(page)
  return { code: async () => codeIn(await browser.open(url)) }
}

function authorizationUrl({ issuer, authorizationPath, resource }: Subject): URL {
  const url = new URL(authorizationPath, issuer)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT.id,
    redirect_uri: CLIENT.redirectUri,
    scope: CLIENT.scope,
    resource,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 'bench',
  }).toString()
  return url
}

function buttonOf(page: Page, person: string): string {
  const button = page.forms.flatMap((form) => form.buttons).find(({ text }) => text.includes(person))
  if (!button) throw new Error(`nobody can sign in at ${page.url.href}: ${page.text.slice(0, 300)}`)
  return button.text
}

function codeIn(page: Page): string {
  const code = page.url.searchParams.get('code')
  if (!page.stopped || code === null)
    throw new Error(`no code at ${page.url.href} (${page.status}): ${page.text.slice(0, 300)}`)
  return code
}
