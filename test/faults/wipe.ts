/** A redis-server that forgets everything, and what the design (section 7) says is then gone: that, and nothing else. */
import { createBrowser, createOAuthClient, type OAuthClient } from '@gateway/testing'
import type { Stack } from '../e2e/stack/stack.ts'
import { REDIRECT } from '../e2e/wire.ts'
import { patientFetch, register, signIn } from './flow.ts'

/** Signs in with nobody else's help, so that what is kept of this person is not replaced by the load. */
const PERSON = 'Søren'

/** A browser that is signed in, a pushed request, a family, and the published keys. */
export interface Possessions {
  readonly keys: readonly string[]
  /** Whether a browser of before is still signed in. If it is not, it is afterwards. */
  isSignedIn(): Promise<boolean>
  /** Whether the request pushed before can still be used. */
  isPushed(): Promise<boolean>
  /** What a refresh of the family of before is answered: `200`, or why not. */
  refresh(): Promise<string>
}

export async function possess(stack: Stack): Promise<Possessions> {
  const client = createOAuthClient(stack.issuer, patientFetch)
  const clientId = valueOf(await register(client))
  const { tokens } = valueOf(await signIn({ client, clientId, resource: stack.mcpUrl, person: PERSON, twice: false }))
  const browser = createBrowser({ stopAt: REDIRECT, send: patientFetch })
  const authorize = () => {
    const { url } = client.authorization({ client_id: clientId, redirect_uri: REDIRECT, resource: stack.mcpUrl })
    return url
  }
  const approve = async () =>
    browser.submit(await browser.open(authorize()), { button: { name: 'decision', value: 'approve' } })
  const atProvider = await approve()
  const choice = atProvider.forms.flatMap((form) => form.buttons).find(({ text }) => text.includes(PERSON))
  await browser.submit(atProvider, { button: choice?.text ?? PERSON })
  const requestUri = await push(stack, client, clientId)
  let refreshToken = String(tokens.refresh_token)
  return {
    keys: await keysOf(stack),
    async isSignedIn() {
      const page = await browser.open(authorize())
      const next = page.stopped ? page : await browser.submit(page, { button: { name: 'decision', value: 'approve' } })
      // The provider has a session of its own, so it may let the browser through without a word: what counts is the way.
      return (
        next.stopped && next.trail.every((address) => address.startsWith(stack.issuer) || address.startsWith(REDIRECT))
      )
    },
    async isPushed() {
      const url = new URL(`${stack.issuer}/oauth/authorize`)
      url.search = new URLSearchParams({ client_id: clientId, request_uri: requestUri }).toString()
      return (await patientFetch(url)).status === 200
    },
    async refresh() {
      const { status, body } = await client.refresh({ client_id: clientId, refresh_token: refreshToken })
      if (status !== 200) return `${status} ${String(body.error)}: ${String(body.error_description)}`
      refreshToken = String(body.refresh_token)
      return '200'
    },
  }
}

/** Key ids of the published document. */
export async function keysOf(stack: Stack): Promise<readonly string[]> {
  const { keys } = (await (await patientFetch(`${stack.issuer}/.well-known/jwks.json`)).json()) as {
    keys: readonly { kid: string }[]
  }
  return keys.map(({ kid }) => kid)
}

async function push(stack: Stack, client: OAuthClient, clientId: string): Promise<string> {
  const { url } = client.authorization({ client_id: clientId, redirect_uri: REDIRECT, resource: stack.mcpUrl })
  const response = await patientFetch(`${stack.issuer}/oauth/par`, { method: 'POST', body: url.searchParams })
  const { request_uri: requestUri } = (await response.json()) as { request_uri?: string }
  if (requestUri === undefined) throw new Error(`the request was not pushed: ${response.status}`)
  return requestUri
}

function valueOf<Value>(outcome: { readonly value: Value } | { readonly verdict: unknown }): Value {
  if ('value' in outcome) return outcome.value
  throw new Error(JSON.stringify(outcome.verdict))
}
