import { endUpstreamSession, listFamilies, revokeFamily } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { readHtml } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { atHome, headings, OWN, stage, tokenIn } from '../test-support/at-home.ts'
import { approve, authorizePath, decide, hopOf, obtainCode, redeem } from '../test-support/journey.ts'
import { profile } from '../test-support/neighbours.ts'
import { clientOf } from '../test-support/stage.ts'

describe('GET /account', () => {
  it('200: a page with one button, to whoever is not signed in', async () => {
    const { made } = await stage()
    const page = await made.send('/account')
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(readHtml(page.text).forms.map(({ action }) => action)).toEqual(['/account/sign-in'])
    expect(made.neighbours.asked.get('req.provider-bridge.begin-login')).toBeUndefined()
  })

  it('signs in without any client, and comes back', async () => {
    const { made, back, open } = await atHome()
    expect([back.status, back.headers.location]).toEqual([303, `${made.issuer}/account`])
    const page = await open()
    expect(headings(page)).toContain('Ada')
    expect(headings(page)).toContain('ada@example.com')
    expect(headings(page)).toContain('No app is connected.')
    expect(made.neighbours.families.size).toBe(0)
  })

  it('503: a page when the token-issuer is away', async () => {
    const { made, open } = await atHome()
    made.neighbours.replace(listFamilies, async () => {
      throw new Unavailable('token-issuer')
    })
    const page = await open()
    expect([page.status, page.headers['retry-after']]).toEqual([503, '5'])
  })

  it('is never framed, stored, scripted or read by another origin', async () => {
    const { open } = await atHome()
    const { headers, text } = await open()
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['access-control-allow-origin']).toBeUndefined()
    expect(text).not.toMatch(/<script|\son\w+=|\sstyle=/i)
  })
})

describe('disconnecting', () => {
  async function connected() {
    const home = await atHome()
    const other = clientOf({ client_name: 'Other App' })
    home.made.neighbours.clients.set(other.client_id, { client: other })
    await redeem(home.made, await obtainCode(home.made))
    await redeem(home.made, await obtainCode(home.made))
    const { jar, callback } = await approve({ ...home.made, client: other })
    const code = (await home.made.send(callback, { jar })).location.searchParams.get('code') ?? ''
    await redeem(home.made, code, { client_id: other.client_id })
    const resource = `${home.made.issuer}/calculator/mcp`
    return { ...home, other, resource }
  }

  it('one app ends all that it holds for that service, and takes the consent back', async () => {
    const { made, open, post, resource } = await connected()
    const token = tokenIn(await open())
    const answer = await post('/account/apps/disconnect', { token, client_id: made.client.client_id, resource })
    expect([answer.status, answer.headers.location]).toEqual([303, `${made.issuer}/account`])
    expect(made.neighbours.revoked).toHaveLength(2)
    const text = headings(await open())
    expect([text.includes('Example App'), text.includes('Other App')]).toEqual([false, true])
    const [withdrawn] = await made.audited('audit.consent.withdrawn')
    expect(withdrawn?.data).toMatchObject({ sub: profile.sub, client_id: made.client.client_id, resource })
  })

  it('all apps ends everything', async () => {
    const { made, open, post } = await connected()
    await post('/account/apps/disconnect-all', { token: tokenIn(await open()) })
    expect(made.neighbours.revoked).toHaveLength(3)
    expect(headings(await open())).toContain('No app is connected.')
  })

  it('what one does not have ends nothing', async () => {
    const { made, open, post, resource } = await connected()
    await post('/account/apps/disconnect', { token: tokenIn(await open()), client_id: 'unknown', resource })
    expect(made.neighbours.revoked).toEqual([])
  })

  it('503: and the app is still there, when it could not be ended', async () => {
    const { made, open, post } = await connected()
    made.neighbours.replace(revokeFamily, async () => {
      throw new Unavailable('token-issuer')
    })
    const answer = await post('/account/apps/disconnect-all', { token: tokenIn(await open()) })
    expect(answer.status).toBe(503)
    expect(headings(await open())).toContain('Example App')
  })

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['no token', {}, OWN],
    ['another token', { token: `k1.${'A'.repeat(43)}` }, OWN],
    ['another site', { token: 'right' }, { 'sec-fetch-site': 'cross-site' }],
    ['a sister host', { token: 'right' }, { 'sec-fetch-site': 'same-site' }],
    ['another origin', { token: 'right' }, { origin: 'https://evil.example' }],
    ['no origin that counts', { token: 'right' }, { origin: 'null' }],
  ])('403: with %s, and nothing is changed (CSRF)', async (_, form, headers) => {
    const { made, open, post } = await connected()
    const token = tokenIn(await open())
    const sent = form['token'] === 'right' ? { token } : form
    for (const path of ['apps/disconnect-all', 'sessions/end-others', 'sign-out']) {
      expect((await post(`/account/${path}`, sent, headers)).status).toBe(403)
    }
    expect(made.neighbours.revoked).toEqual([])
    expect(headings(await open())).toContain('Ada')
  })

  it('403: with the token of another session', async () => {
    const { made, open, post } = await connected()
    const other = await approve(made)
    await made.send(other.callback, { jar: other.jar })
    const token = tokenIn(await made.send('/account', { jar: other.jar }))
    expect(token).not.toBe(tokenIn(await open()))
    expect((await post('/account/apps/disconnect-all', { token })).status).toBe(403)
  })

  it('303: to the page, and nothing else, when nobody is signed in any more; 405 for GET; 400 for no form', async () => {
    const { made, jar } = await connected()
    const form = { token: 'x' }
    const answer = await made.send('/account/apps/disconnect-all', { form, headers: OWN })
    expect([answer.status, answer.headers.location]).toEqual([303, `${made.issuer}/account`])
    expect((await made.send('/account/apps/disconnect-all', { jar })).status).toBe(405)
    const json = { body: '{}', headers: { ...OWN, 'content-type': 'application/json' }, jar }
    expect((await made.send('/account/apps/disconnect-all', json)).status).toBe(400)
    expect(made.neighbours.revoked).toEqual([])
  })
})

describe('the browsers', () => {
  async function twoBrowsers() {
    const home = await atHome()
    home.deps.clock.advance(5_000)
    const other = await approve(home.made)
    await home.made.send(other.callback, { jar: other.jar, headers: { 'user-agent': 'X11; Linux Firefox/141.0' } })
    return { ...home, other: other.jar }
  }

  it('are listed by name, this one marked', async () => {
    const { open } = await twoBrowsers()
    const text = headings(await open())
    expect(text).toContain('Firefox, Linux')
    expect(text).toContain('A browser this browser')
  })

  it('can be signed out one by one, or all others at once', async () => {
    const { made, open, post, other } = await twoBrowsers()
    const page = await open()
    const [, session = ''] = /name="session" value="([^"]+)"/.exec(page.text) ?? []
    expect((await post('/account/sessions/end', { token: tokenIn(page), session })).status).toBe(303)
    expect(headings(await made.send('/account', { jar: other }))).not.toContain('Ada')
    const third = await approve(made)
    await made.send(third.callback, { jar: third.jar })
    await post('/account/sessions/end-others', { token: tokenIn(await open()) })
    expect(headings(await made.send('/account', { jar: third.jar }))).not.toContain('Ada')
    expect(headings(await open())).toContain('Ada')
    expect(await made.audited('audit.session.ended', 2)).toHaveLength(2)
  })

  it('sign out here: the session is gone, the apps are not', async () => {
    const { made, jar, open, post } = await atHome()
    await redeem(made, await obtainCode(made))
    const before = jar.get('session') ?? ''
    const answer = await post('/account/sign-out', { token: tokenIn(await open()) })
    expect([answer.status, answer.headers.location, jar.has('session')]).toEqual([303, `${made.issuer}/account`, false])
    expect(headings(await made.send('/account', { jar: new Map([['session', before]]) }))).not.toContain('Ada')
    expect(made.neighbours.revoked).toEqual([])
  })

  it('sign out at the provider too, by a page of ours, where it lets itself be asked', async () => {
    const { made, jar, open, post } = await atHome()
    const seen: unknown[] = []
    made.neighbours.replace(endUpstreamSession, async (input) => {
      seen.push(input)
      return { url: 'https://idp.example/logout?a=1&b=2' }
    })
    const hop = await post('/account/sign-out', { token: tokenIn(await open()) })
    expect([hop.status, hopOf(hop).href, jar.has('session')]).toEqual([
      200,
      'https://idp.example/logout?a=1&b=2',
      false,
    ])
    expect(seen).toEqual([{ sub: profile.sub, revoke: true, post_logout_redirect_uri: `${made.issuer}/account` }])
  })

  it('sign out, and the tokens at the provider are revoked with the last session and app that need them', async () => {
    const { made, open, post } = await atHome()
    const seen: boolean[] = []
    made.neighbours.watch('req.provider-bridge.end-upstream-session', (input) => {
      seen.push((input as { revoke: boolean }).revoke)
    })
    const other = await approve(made)
    const back = await made.send(other.callback, { jar: other.jar })
    await redeem(made, back.location.searchParams.get('code') ?? '')
    await post('/account/sign-out', { token: tokenIn(await open()) })
    const elsewhere = await made.send('/account', { jar: other.jar })
    const form = { token: tokenIn(elsewhere) }
    await made.send('/account/apps/disconnect-all', { jar: other.jar, form, headers: OWN })
    await made.send('/account/sign-out', { jar: other.jar, form, headers: OWN })
    expect(seen).toEqual([false, true])
  })

  it('sign out here although the provider cannot be asked', async () => {
    const { made, jar, open, post } = await atHome()
    made.neighbours.replace(endUpstreamSession, async () => {
      throw new Unavailable('identity provider')
    })
    expect((await post('/account/sign-out', { token: tokenIn(await open()) })).status).toBe(303)
    expect(jar.has('session')).toBe(false)
  })

  it('a sign-in for the page cannot be sent from another site, nor finished in another browser', async () => {
    const { made } = await stage()
    const foreign = { form: {}, headers: { 'sec-fetch-site': 'cross-site' } }
    expect((await made.send('/account/sign-in', foreign)).status).toBe(403)
    const hop = await made.send('/account/sign-in', { form: {}, headers: OWN, jar: new Map() })
    const { pathname, search } = hopOf(hop)
    expect((await made.send(`${pathname}${search}`, { jar: new Map() })).status).toBe(403)
  })

  it('a session of the page is one for consent, and the other way round', async () => {
    const { made, jar } = await atHome()
    const page = await made.send(authorizePath(made), { jar })
    expect(page.text).toContain('<strong>Ada</strong>')
    expect(hopOf(await decide(made, page, 'approve', { jar })).host).toBe('app.example')
  })
})
