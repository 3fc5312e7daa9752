/** The person, played by a real browser: Chromium without a window, driven through playwright-core. */
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { SignIn } from './clients/session.ts'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Undefined where this machine has none; with CI=true that is an error. */
export async function startChromium(): Promise<Browser | undefined> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? CANDIDATES.find((path) => existsSync(path))
  if (executablePath === undefined) {
    if (process.env['CI'] === 'true') throw new Error('Chromium is missing: apt-get install chromium')
    console.warn('SKIPPED: pages in Chromium: no browser found (apt-get install chromium, or set CHROMIUM_PATH)')
    return undefined
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Consents and signs in by clicking, in a context of its own; returns the redirect that the browser was sent to. */
export function signInWithChromium(browser: Browser, person: string, options: BrowserContextOptions = {}): SignIn {
  return async (authorizationUrl, redirectUri) => {
    const context = await browser.newContext(options)
    try {
      const page = await context.newPage()
      const redirected = captureRedirect(page, redirectUri)
      await page.goto(authorizationUrl.href)
      await page.getByRole('button', { name: /allow|approve/i }).click()
      await page.getByRole('button', { name: new RegExp(person) }).click()
      return await redirected
    } finally {
      await context.close()
    }
  }
}

/** The client's redirect URI is nobody's page here: the request for it is seen and answered, never sent. */
export async function captureRedirect(page: Page, redirectUri: string): Promise<URL> {
  const seen = Promise.withResolvers<URL>()
  await page.route(
    (url) => url.href.startsWith(redirectUri),
    async (route) => {
      seen.resolve(new URL(route.request().url()))
      await route.fulfill({ status: 200, contentType: 'text/plain', body: 'back at the client' })
    },
  )
  return seen.promise
}
