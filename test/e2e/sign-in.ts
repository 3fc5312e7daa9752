/** The person, played without script: approves on the consent page, picks a demo user at the provider. */
import { createBrowser, type Page } from '@gateway/testing'
import type { SignIn } from './clients/session.ts'

export function signInAs(person: string): SignIn {
  return async (authorizationUrl, redirectUri) => {
    const page = await answerConsent(authorizationUrl, redirectUri, 'approve', person)
    if (!page.stopped)
      throw new Error(`the sign-in ended at ${page.url.href} (${page.status}): ${page.text.slice(0, 500)}`)
    return page.url
  }
}

/** Opens the authorization URL and presses one of the consent page's buttons; after approval signs in as `person`. */
export async function answerConsent(
  authorizationUrl: URL,
  redirectUri: string,
  decision: 'approve' | 'deny',
  person: string,
): Promise<Page> {
  const browser = createBrowser({ stopAt: redirectUri })
  const consent = await browser.open(authorizationUrl)
  if (consent.status !== 200) return consent
  const answered = await browser.submit(consent, { button: { name: 'decision', value: decision } })
  if (answered.stopped || decision === 'deny') return answered
  const choices = answered.forms.flatMap((form) => form.buttons)
  const choice = choices.find((button) => button.text.includes(person))
  if (!choice)
    throw new Error(
      `nobody named ${person} at ${answered.url.href} (${answered.status}): ${answered.text.slice(0, 500)}`,
    )
  return browser.submit(answered, { button: choice.text })
}
