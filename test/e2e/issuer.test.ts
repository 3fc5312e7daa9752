/** A sign-in on the pages of a real issuer, in Chromium; test/README.md says how to point it at any other one. */
import { claimsOf, createOAuthClient } from '@gateway/testing'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { captureRedirect, startChromium } from './chromium.ts'
import { issuerOf, signInOn } from './issuer.ts'
import { type InProcess, startInProcess } from './stack/in-process.ts'
import { callModern, REDIRECT } from './wire.ts'

const browser = await startChromium()
const other = issuerOf()

describe.skipIf(!browser)(`an issuer: ${other?.issuer ?? 'oidc-provider'}`, () => {
  let stack: InProcess
  beforeAll(async () => {
    stack = await startInProcess({}, {}, other)
  })
  afterAll(async () => {
    await stack?.stop()
    await browser?.close()
  })

  async function inBrowser<T>(use: (page: Page) => Promise<T>): Promise<T> {
    const context = await (browser as Browser).newContext()
    try {
      return await use(await context.newPage())
    } finally {
      await context.close()
    }
  }

  async function begin() {
    const client = createOAuthClient(stack.issuer)
    const registered = await client.register({
      client_name: 'Issuer client',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    })
    const client_id = String(registered.body['client_id'])
    return { client, client_id, ...client.authorization({ client_id, redirect_uri: REDIRECT, resource: stack.mcpUrl }) }
  }

  it('signs a person in, who then calls a tool, goes on by refreshing, and is the same person the next time', async () => {
    const subjects = []
    for (let time = 0; time < 2; time++) {
      const { client, client_id, url, verifier } = await begin()
      const redirect = await inBrowser(async (page) => {
        const redirected = captureRedirect(page, REDIRECT)
        await page.goto(url.href)
        await page.getByRole('button', { name: 'Allow' }).click()
        await signInOn(page)
        return redirected
      })
      expect(redirect.searchParams.get('error')).toBeNull()
      const code = redirect.searchParams.get('code') ?? ''
      const tokens = await client.exchange({ client_id, code, redirect_uri: REDIRECT, code_verifier: verifier })
      const { sub } = claimsOf(String(tokens.body['access_token']))
      expect(sub).toMatch(/^oidc:./)
      subjects.push(sub)
      const refreshed = await client.refresh({ client_id, refresh_token: String(tokens.body['refresh_token']) })
      const answer = await callModern(stack, String(refreshed.body['access_token']), 'whoami')
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining(String(sub).slice(5))])
    }
    expect(new Set(subjects).size).toBe(1)
  })

  it('signs a person in on the account page, and out again', async () => {
    await inBrowser(async (page) => {
      await page.goto(`${stack.issuer}/account`)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await signInOn(page)
      await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor()
      await page.getByRole('button', { name: 'Sign out', exact: true }).click()
      await page.waitForLoadState()
      await page.goto(`${stack.issuer}/account`)
      expect(await page.getByRole('button').allTextContents()).toEqual(['Sign in'])
    })
  })
})
