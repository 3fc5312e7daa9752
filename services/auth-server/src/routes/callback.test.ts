import { finishLogin } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { testConfig, testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { approve, decide, hopOf } from '../test-support/journey.ts'
import { profile } from '../test-support/neighbours.ts'
import { REDIRECT_URI, setStage } from '../test-support/stage.ts'

async function stage(config = testConfig()) {
  const deps = await testDeps({ config })
  const made = await setStage(deps)
  onTestFinished(() => made.close())
  return { deps, made }
}

describe('GET /oauth/callback', () => {
  it('303: to the client with code, state and one iss (A9), and the cookie is gone', async () => {
    const { made } = await stage()
    const { jar, callback } = await approve(made)
    const answer = await made.send(callback, { jar })
    expect(answer.status).toBe(303)
    expect(answer.headers['referrer-policy']).toBe('no-referrer')
    const { origin, pathname, searchParams } = answer.location
    expect(`${origin}${pathname}`).toBe(REDIRECT_URI)
    expect([...searchParams.keys()]).toEqual(['code', 'state', 'iss'])
    expect(searchParams.get('iss')).toBe(made.issuer)
    expect([...jar.keys()]).toEqual(['browser', 'session'])
  })

  it('303: leaves the facts of the authorization and of the consent, and no name, e-mail or code in them', async () => {
    const { deps, made } = await stage()
    const seen: unknown[] = []
    const view = { reset: () => undefined, apply: (message: { data: unknown }) => seen.push(message.data) }
    const { jar, callback } = await approve(made)
    const code = (await made.send(callback, { jar })).location.searchParams.get('code') ?? ''
    for (const [stream, subject] of [
      ['EVT_AUTHORIZATIONS', 'evt.auth-server.authorization.*'],
      ['EVT_CONSENTS', 'evt.auth-server.consent.*'],
    ] as const) {
      const projection = await deps.bus.project({ stream, subject }, view)
      await projection.caughtUp
      await projection.stop()
    }
    expect(seen).toMatchObject([
      { actor: `user:${profile.sub}`, events: [{ type: 'UserAuthenticated' }, { type: 'CodeIssued' }] },
      { actor: `user:${profile.sub}`, events: [{ type: 'ConsentGranted', scopes: ['read'] }] },
    ])
    const text = JSON.stringify(seen)
    for (const secret of [profile.name, profile.email, code, code.split('.')[2] ?? ''])
      expect(text).not.toContain(secret)
    for (const type of ['audit.code.issued', 'audit.consent.granted'] as const)
      expect(await made.audited(type)).toHaveLength(1)
  })

  it('403: in another browser than the one that consented, no code (advisory: consent in attacker’s browser)', async () => {
    const { made } = await stage()
    const { callback } = await approve(made)
    const victim = await approve(made)
    const answer = await made.send(callback, { jar: victim.jar })
    expect([answer.status, answer.headers.location]).toEqual([403, undefined])
    expect(made.neighbours.asked.get('req.provider-bridge.finish-login')).toBeUndefined()
  })

  it.each(['', '?state=', '?state=unknown', '?state=a&state=b', '?state=%00', '?error=access_denied'])(
    '403: without a login under way (%j)',
    async (query) => {
      const { made } = await stage()
      const answer = await made.send(`/oauth/callback${query}`)
      expect([answer.status, answer.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8'])
    },
  )

  it('405: for HEAD, which must not use the login up', async () => {
    const { made } = await stage()
    const { jar, callback } = await approve(made)
    expect((await made.send(callback, { jar, method: 'HEAD' })).status).toBe(405)
    expect((await made.send(callback, { jar })).status).toBe(303)
  })

  it('400: after ten minutes', async () => {
    const { deps, made } = await stage()
    const { jar, callback } = await approve(made)
    deps.clock.advance(600_001)
    expect((await made.send(callback, { jar })).status).toBe(400)
  })

  it('403, then 400: loaded again, a page and never a second code (original-9)', async () => {
    const { made } = await stage()
    const { jar, callback } = await approve(made)
    const before = new Map(jar)
    expect((await made.send(callback, { jar })).status).toBe(303)
    expect((await made.send(callback, { jar })).status).toBe(403)
    const withOldCookie = await made.send(callback, { jar: before })
    expect([withOldCookie.status, withOldCookie.headers.location]).toEqual([400, undefined])
    expect(withOldCookie.text).toContain('This sign-in was already used')
  })

  it('303: for each of several tabs of one browser, in whatever order they come back, to its own request', async () => {
    const { made } = await stage()
    const { jar, callback } = await approve(made, { state: 'tab 0' })
    const callbacks = [callback]
    for (const state of ['tab 1', 'tab 2']) callbacks.push((await approve(made, { state }, jar)).callback)
    const backs = []
    for (const each of callbacks.toReversed()) backs.push((await made.send(each, { jar })).location.searchParams)
    expect(backs.map((back) => back.get('state'))).toEqual(['tab 2', 'tab 1', 'tab 0'])
    expect(new Set(backs.map((back) => back.get('code'))).size).toBe(3)
  })

  it('400: one code even if the provider-bridge lets a login pass twice', async () => {
    const { made } = await stage()
    made.neighbours.replace(finishLogin, async () => ({ profile, auth_time: 1 }))
    const { jar, callback } = await approve(made)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => made.send(callback, { jar: new Map(jar) }).then(({ status }) => status)),
    )
    expect(answers.toSorted((a, b) => a - b)).toEqual([303, ...Array.from({ length: 9 }, () => 400)])
  })

  it('303: access_denied to the client when the user declined at the provider', async () => {
    const { made } = await stage()
    made.neighbours.replace(finishLogin, async () => {
      throw new Refusal('login_denied')
    })
    const { jar, callback } = await approve(made)
    const { status, location } = await made.send(callback, { jar })
    expect([status, location.searchParams.get('error')]).toEqual([303, 'access_denied'])
    expect(location.searchParams.getAll('iss')).toEqual([made.issuer])
    expect((await made.audited('audit.authorization.refused'))[0]?.data.reason).toBe('login_denied')
  })

  it.each(['user_denied', 'user_blocked'])(
    '403: %s is a page that says whom to ask, and its way back tells the client access_denied',
    async (code) => {
      const config = testConfig({ access: { contact: 'the <help> desk' } })
      const { made } = await stage(config)
      made.neighbours.replace(finishLogin, async () => {
        throw new Refusal(code, { rule: 'secret rule' })
      })
      const { jar, callback } = await approve(made)
      const answer = await made.send(callback, { jar })
      expect([answer.status, jar.has('session')]).toEqual([403, false])
      expect(answer.text).toContain('the &lt;help&gt; desk')
      expect(answer.text).not.toContain('secret rule')
      expect(answer.text).toContain('https://app.example/callback?error=access_denied&amp;state=xyz&amp;iss=')
      const asked: unknown[] = []
      made.neighbours.watch('req.provider-bridge.begin-login', (input) => asked.push(input))
      expect(hopOf(await decide(made, answer, 'switch', { jar })).pathname).toBe('/oauth/callback')
      expect(asked).toEqual([{ prompt: 'select_account' }])
      expect((await made.audited('audit.authorization.refused'))[0]?.data.reason).toBe(code)
    },
  )

  it('400: a page with a way on and a way back, without a word of the provider (advisory: error text reflected)', async () => {
    const { made } = await stage()
    made.neighbours.replace(finishLogin, async () => {
      throw new Refusal('login_failed', { error_description: 'call 555-EVIL' })
    })
    const { jar, callback } = await approve(made)
    const answer = await made.send(`${callback}&error=x&error_description=call+555-EVIL`, { jar })
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('EVIL')
    const [, back = ''] = /<a class="button secondary" href="([^"]+)"/.exec(answer.text) ?? []
    expect(back).toMatch(/^https:\/\/app\.example\/callback\?error=server_error&amp;state=xyz&amp;iss=/)
    expect(hopOf(await decide(made, answer, 'approve', { jar })).pathname).toBe('/oauth/callback')
  })

  it('503: the provider is down: a page that says so, with a retry, and no code', async () => {
    const { made } = await stage()
    made.neighbours.replace(finishLogin, async () => {
      throw new Unavailable('identity provider', { retryAfterSeconds: 9 })
    })
    const { jar, callback } = await approve(made)
    const answer = await made.send(callback, { jar })
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '9'])
    expect(answer.text).toContain('The identity provider is not answering')
    made.neighbours.replace(finishLogin, async () => ({ profile, auth_time: 1 }))
    const { pathname, search } = hopOf(await decide(made, answer, 'approve', { jar }))
    expect((await made.send(`${pathname}${search}`, { jar })).status).toBe(303)
  })
})
