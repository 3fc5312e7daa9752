/** Where people sign in: at the provider of the demo, or, when the environment names one, at any issuer there is. */
import type { Page } from 'playwright-core'
import type { OtherIssuer } from './stack/in-process.ts'

const { env } = process

/** Undefined: the demo's. @throws when the environment says half of it */
export function issuerOf(variables: NodeJS.ProcessEnv = env): OtherIssuer | undefined {
  const issuer = variables['E2E_ISSUER']
  if (issuer === undefined) return undefined
  const needed = (name: string) => {
    const value = variables[name]
    if (value === undefined) throw new Error(`E2E_ISSUER needs ${name} too: see test/README.md`)
    return value
  }
  return {
    issuer,
    port: Number(needed('E2E_GATEWAY_PORT')),
    clientId: needed('E2E_CLIENT_ID'),
    clientSecret: variables['E2E_CLIENT_SECRET'],
  }
}

const SELECTORS = {
  username:
    env['E2E_USERNAME_SELECTOR'] ?? 'input[type="email"], input[name="username"], input[autocomplete="username"]',
  password: env['E2E_PASSWORD_SELECTOR'] ?? 'input[type="password"]',
  submit: env['E2E_SUBMIT_SELECTOR'] ?? 'button[type="submit"], input[type="submit"]',
}

/** On the issuer's own pages: name and password, on one page or two, then whatever it wants to be agreed to. */
export async function signInOn(page: Page): Promise<void> {
  if (env['E2E_ISSUER'] === undefined) {
    await page.getByRole('button', { name: /Ada Lovelace/ }).click()
    return
  }
  await page
    .locator(SELECTORS.username)
    .first()
    .fill(env['E2E_USERNAME'] ?? '')
  const password = page.locator(SELECTORS.password).first()
  if (!(await password.isVisible())) await page.locator(SELECTORS.submit).first().click()
  await password.fill(env['E2E_PASSWORD'] ?? '')
  await page.locator(SELECTORS.submit).first().click()
  const agree = env['E2E_AGREE_SELECTOR']
  if (agree !== undefined) await page.locator(agree).first().click()
}
