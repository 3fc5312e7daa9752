import { checkUser, resolveClient } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { readHtml } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { atHome, headings } from '../test-support/at-home.ts'
import { obtainCode, redeem } from '../test-support/journey.ts'
import { calculator, profile } from '../test-support/neighbours.ts'
import { clientOf } from '../test-support/stage.ts'

describe('the connected apps', () => {
  it('shows each app with service, scopes, since and last use; the same app for the same service once', async () => {
    const { made, open } = await atHome()
    for (const scope of ['read', 'calculate']) await redeem(made, await obtainCode(made, { scope }))
    const page = await open()
    const text = headings(page)
    for (const words of [
      'Example App',
      'uses Calculator',
      '2 connections',
      'read',
      'calculate',
      'Connected 1 Jan 2026',
    ]) {
      expect(text).toContain(words)
    }
    expect(page.text).toContain('<time datetime="2026-01-01T00:00:00.000Z">')
    expect(readHtml(page.text).forms.filter(({ action }) => action === '/account/apps/disconnect')).toHaveLength(1)
  })

  it('says what an app may do in the words of the operator', async () => {
    const { made, open } = await atHome([{ ...calculator, scope_descriptions: { read: 'See your <sums>' } }])
    await redeem(made, await obtainCode(made, { scope: 'read calculate' }))
    const page = await open()
    expect(page.text).toContain('<li>See your &lt;sums&gt; <code class="aside">read</code></li>')
    expect(page.text).toContain('<li>In Calculator: <code>calculate</code></li>')
  })

  it('shows nothing of before a sign-in was demanded of everything of the user’s (gateway users revoke)', async () => {
    const { deps, made, open } = await atHome()
    await redeem(made, await obtainCode(made))
    expect(headings(await open())).toContain('uses Calculator')
    made.neighbours.replace(checkUser, async () => ({ profile, sign_in_required_since: deps.clock() + 1_000 }))
    expect(headings(await open())).toContain('No app is connected.')
  })

  it('shows what is gone as gone, and a name as text', async () => {
    const { made, open } = await atHome()
    await redeem(made, await obtainCode(made))
    made.neighbours.replace(resolveClient, async () => {
      throw new Refusal('client_not_found')
    })
    expect(headings(await open())).toContain('An app that is no longer registered')
    const client = clientOf({ client_name: '<img src=x onerror=alert(1)>' })
    made.neighbours.replace(resolveClient, async () => ({ client }))
    expect((await open()).text).toContain('&lt;img src=x')
  })
})
