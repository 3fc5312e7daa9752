/** The pages in a real browser: the whole sign-in by clicking, and what the pages are to eyes, keyboards and screen readers. */
import { createOAuthClient } from '@gateway/testing'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { captureRedirect, signInWithChromium, startChromium } from './chromium.ts'
import { connectSdkV2 } from './clients/sdk-v2.ts'
import { type Stack, startOneProcess } from './stack/stack.ts'

const browser = await startChromium()
const REDIRECT_URI = 'http://127.0.0.1:8787/callback'

const CURSOR = 'cursor://anysphere.cursor-mcp/oauth/callback'
const CLAUDE = 'claude://claude.ai/mcp/auth_callback'

describe.skipIf(!browser)('the pages in Chromium', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startOneProcess()
  })
  afterAll(async () => {
    await stack?.stop()
    await browser?.close()
  })

  async function authorization(redirectUri: string) {
    const client = createOAuthClient(stack.issuer)
    const registered = await client.register({
      client_name: 'Pages <b>client</b>',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    })
    expect(registered.status).toBe(201)
    return client.authorization({
      client_id: String(registered.body.client_id),
      redirect_uri: redirectUri,
      resource: stack.mcpUrl,
    }).url
  }

  it.each([
    ['with script', { javaScriptEnabled: true }],
    ['without script', { javaScriptEnabled: false }],
    ['on a dark phone', { colorScheme: 'dark' as const, viewport: { width: 390, height: 844 } }],
  ])('take a client through consent and sign-in, %s', async (_, options) => {
    const connect = connectSdkV2('auto')
    const session = await connect(stack.mcpUrl, signInWithChromium(browser as Browser, 'Grace Hopper', options))
    expect(await session.call('whoami', {})).toContain('Grace Hopper')
    await session.close()
  })

  it('lead back to private-use schemes and loopback although forms may only go to their own origin (pain-9)', async () => {
    for (const redirectUri of [CURSOR, CLAUDE, REDIRECT_URI]) {
      const context = await (browser as Browser).newContext()
      const page = await context.newPage()
      const requested: string[] = []
      page.on('request', (request) => requested.push(request.url()))
      page.on('response', (response) => requested.push(response.headers().location ?? ''))
      if (redirectUri.startsWith('http:')) void captureRedirect(page, redirectUri)
      await page.goto((await authorization(redirectUri)).href)
      await page.getByRole('button', { name: /allow|approve/i }).click()
      await page.getByRole('button', { name: /Ada Lovelace/ }).click()
      await expect.poll(() => requested.some((url) => url.startsWith(redirectUri) && url.includes('code='))).toBe(true)
      await context.close()
    }
  })

  it('let several tabs of one browser sign in at once, each to its own end', async () => {
    const context = await (browser as Browser).newContext()
    const came = new Map<string, URLSearchParams>()
    context.on('request', (request) => {
      const { origin, pathname, searchParams } = new URL(request.url())
      came.set(`${origin}${pathname}`, searchParams)
    })
    const tabs = []
    for (const redirectUri of ['one', 'two', 'three'].map((name) => `http://127.0.0.1:8787/${name}`)) {
      const page = await context.newPage()
      const url = await authorization(redirectUri)
      await page.goto(url.href)
      tabs.push({ page, redirectUri, state: url.searchParams.get('state') })
    }
    for (const { page } of tabs) await page.getByRole('button', { name: 'Allow' }).click()
    for (const { page } of tabs) await page.getByRole('button', { name: /Ada Lovelace/ }).waitFor()
    for (const { page, redirectUri, state } of tabs.toReversed()) {
      await page.getByRole('button', { name: /Ada Lovelace/ }).click()
      await expect.poll(() => came.get(redirectUri)?.get('state')).toBe(state)
    }
    const codes = tabs.map(({ redirectUri }) => came.get(redirectUri)?.get('code'))
    expect(new Set(codes).size).toBe(3)
    expect(codes).not.toContain(null)
    await context.close()
  })

  it('answer the back button and a reload of the callback with a page, never with a second code (original-9)', async () => {
    const context = await (browser as Browser).newContext()
    const page = await context.newPage()
    const codes = new Set<string>()
    const callbacks = new Set<string>()
    context.on('request', (request) => {
      const url = new URL(request.url())
      if (url.pathname === '/oauth/callback') callbacks.add(url.href)
      const code = url.href.startsWith(REDIRECT_URI) ? url.searchParams.get('code') : null
      if (code !== null) codes.add(code)
    })
    const redirected = captureRedirect(page, REDIRECT_URI)
    await page.goto((await authorization(REDIRECT_URI)).href)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('button', { name: /Ada Lovelace/ }).click()
    await redirected
    await page.waitForURL((url) => url.href.startsWith(REDIRECT_URI))
    const [callback = ''] = callbacks
    for (const open of [() => page.goto(callback), () => page.reload(), () => page.goto(callback)]) {
      const response = await open()
      expect(response?.status()).toBe(403)
      expect(await page.locator('h1').textContent()).toBe('This sign-in was not started in this browser')
    }
    for (let step = 0; step < 8; step++) {
      await page.goBack().catch(() => null)
      await page.waitForLoadState()
      if (page.url() === 'about:blank') break
      expect((await page.textContent('body'))?.trim()).not.toBe('')
    }
    expect(codes.size).toBe(1)
    await context.close()
  })

  it('can be used with the keyboard alone and name what they show', async () => {
    const context = await (browser as Browser).newContext()
    const page = await context.newPage()
    await page.goto((await authorization(REDIRECT_URI)).href)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.locator('h1').count()).toBe(1)
    expect(
      await page
        .locator('b')
        .filter({ hasText: /^client$/ })
        .count(),
    ).toBe(0)
    expect(await page.textContent('body')).toContain('Pages <b>client</b>')
    expect(await tabTo(page, /allow|approve/i)).toBe(true)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /Ada Lovelace/ }).waitFor()
    expect(await tabTo(page, /Ada Lovelace/)).toBe(true)
    await context.close()
  })
})

/** Presses Tab until a button with this name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<boolean> {
  for (let press = 0; press < 20; press++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate('document.activeElement?.textContent ?? ""')
    if (name.test(String(focused))) return true
  }
  return false
}
