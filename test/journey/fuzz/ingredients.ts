/** What requests are made of: everything that a client and a browser hold in the middle of their way, obtained by going it. */
import { createBrowser, createOAuthClient, type OAuthClient, type Page } from '@gateway/testing'
import type { Stack } from '../../e2e/stack/stack.ts'
import { obtainGrant, REDIRECT } from '../../e2e/wire.ts'

export interface Ingredients {
  readonly issuer: string
  readonly resource: string
  readonly redirectUri: string
  /** A public client. */
  readonly client: { readonly id: string }
  /** One of the configuration, that proves itself. */
  readonly machine: { readonly id: string; readonly secret: string }
  /** A registration, and what manages it (RFC 7592). */
  readonly managed: { readonly path: string; readonly token: string }
  /** A whole authorization request. */
  readonly authorization: Readonly<Record<string, string>>
  readonly verifier: string
  /** Not redeemed yet, and redeemed. */
  readonly code: string
  readonly usedCode: string
  readonly accessToken: string
  readonly refreshToken: string
  /** The sealed request of a consent page, and the state of a login under way. */
  readonly envelope: string
  readonly loginState: string
  readonly requestUri: string
  /** Of a browser that is signed in and has a login under way. */
  readonly cookies: string
  /** Of the forms on the account page. */
  readonly formToken: string
}

export async function gather(stack: Stack, machine: Ingredients['machine']): Promise<Ingredients> {
  const client = createOAuthClient(stack.issuer)
  const grant = await obtainGrant(stack, client)
  const { issuer, mcpUrl: resource } = stack
  const wanted = { client_id: grant.clientId, redirect_uri: REDIRECT, resource, scope: 'read' }
  const request = client.authorization(wanted)
  const browser = createBrowser({ stopAt: REDIRECT })
  const approve = (page: Page) => browser.submit(page, { button: { name: 'decision', value: 'approve' } })
  const provider = await approve(await browser.open(request.url))
  const back = await browser.submit(provider, { button: buttonOf(provider, 'Ada Lovelace') })
  const page = await browser.open(client.authorization({ ...wanted, scope: 'calculate' }).url)
  const account = await browser.open(`${issuer}/account`)
  const waiting = await approve(await browser.open(client.authorization({ ...wanted, prompt: 'login' }).url))
  const pushed = await client.push(client.authorization(wanted))
  return {
    issuer,
    resource,
    redirectUri: REDIRECT,
    client: { id: grant.clientId },
    machine,
    managed: await register(client),
    authorization: Object.fromEntries(client.authorization(wanted).url.searchParams),
    verifier: request.verifier,
    code: back.url.searchParams.get('code') ?? '',
    usedCode: grant.code,
    accessToken: grant.accessToken,
    refreshToken: grant.refreshToken,
    envelope: fieldOf(page, 'request'),
    loginState: stateOf(waiting),
    requestUri: String(pushed.body['request_uri']),
    cookies: browser.cookies.header(new URL(issuer)),
    formToken: fieldOf(account, 'token'),
  }
}

async function register(client: OAuthClient): Promise<Ingredients['managed']> {
  const { body } = await client.register({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' })
  const { pathname } = new URL(String(body['registration_client_uri']))
  return { path: pathname, token: String(body['registration_access_token']) }
}

function buttonOf(page: Page, name: string): string {
  const button = page.forms.flatMap(({ buttons }) => buttons).find(({ text }) => text.includes(name))
  if (!button) throw new Error(`nobody named ${name} at ${page.url.href}: ${page.text.slice(0, 300)}`)
  return button.text
}

function fieldOf(page: Page, name: string): string {
  const field = page.forms.flatMap(({ fields }) => fields).find(([each]) => each === name)
  if (!field) throw new Error(`no field ${name} at ${page.url.href}: ${page.text.slice(0, 300)}`)
  return field[1]
}

/** Of the login that sent the browser to the provider. */
function stateOf(page: Page): string {
  const sent = page.trail.find((url) => new URL(url).searchParams.has('state') && url.includes('client_id=gateway'))
  const state = new URL(sent ?? 'about:blank').searchParams.get('state')
  if (state === null) throw new Error(`no login under way: ${page.trail.join(' ')}`)
  return state
}
