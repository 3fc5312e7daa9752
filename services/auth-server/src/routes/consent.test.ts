import { createHash } from 'node:crypto'
import { beginLogin } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { type TestDeps, testConfig, testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { approve, authorizePath, decide, envelopeIn, hopOf } from '../test-support/journey.ts'
import { setStage } from '../test-support/stage.ts'

async function stage(deps?: TestDeps) {
  const made = await setStage(deps ?? (await testDeps()))
  onTestFinished(() => made.close())
  return made
}

async function asked(deps?: TestDeps) {
  const made = await stage(deps)
  const jar = new Map<string, string>()
  return { made, jar, page: await made.send(authorizePath(made), { jar }) }
}

describe('POST /oauth/consent', () => {
  it('200: approved, a page of our own leads to the login (pain-9)', async () => {
    const { made, jar, page } = await asked()
    const hop = await decide(made, page, 'approve', { jar })
    expect(hop.status).toBe(200)
    expect(hop.headers.location).toBeUndefined()
    expect(hopOf(hop).pathname).toBe('/oauth/callback')
    expect(hop.headers['referrer-policy']).toBe('no-referrer')
  })

  it('200: approved, the login is kept by this browser, for ten minutes, out of reach of scripts (original-9)', async () => {
    const { made, jar, page } = await asked()
    const hop = await decide(made, page, 'approve', { jar })
    const state = hopOf(hop).searchParams.get('state')
    const [cookie] = hop.headers['set-cookie'] ?? []
    expect(cookie).toMatch(new RegExp(`^login-${state}=[^;]+; Max-Age=600; Path=/; HttpOnly; SameSite=Lax$`))
  })

  it('200: approved, on https with __Host- cookies (Confused Deputy)', async () => {
    const config = testConfig({ issuer: 'https://gateway.example' })
    const { made, jar, page } = await asked(await testDeps({ config }))
    expect(page.headers['set-cookie']?.[0]).toMatch(/^__Host-browser=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const hop = await decide(made, page, 'approve', { jar })
    expect(hop.headers['set-cookie']?.[0]).toMatch(
      /^__Host-login-[A-Za-z0-9_-]{22}=[^;]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  it('200: denied, back to the client with access_denied, state and iss, and nothing upstream', async () => {
    const { made, jar, page } = await asked()
    const hop = await decide(made, page, 'deny', { jar })
    expect(hop.status).toBe(200)
    const { searchParams } = hopOf(hop)
    expect(searchParams.get('error')).toBe('access_denied')
    expect(searchParams.get('state')).toBe('xyz')
    expect(searchParams.getAll('iss')).toEqual([made.issuer])
    expect(made.neighbours.asked.get('req.provider-bridge.begin-login')).toBeUndefined()
    const [event] = await made.audited('audit.consent.denied')
    expect(event?.data).toMatchObject({ decision: 'denied', client_id: made.client.client_id, service: 'calculator' })
  })

  it('400: neither yes nor no', async () => {
    const { made, jar, page } = await asked()
    expect((await decide(made, page, 'perhaps', { jar })).status).toBe(400)
  })

  it('400: in another browser, without a browser, changed, or after ten minutes (CSRF)', async () => {
    const deps = await testDeps()
    const { made, jar, page } = await asked(deps)
    const other = new Map<string, string>()
    await made.send(authorizePath(made), { jar: other })
    expect((await decide(made, page, 'approve', { jar: other })).status).toBe(400)
    expect((await decide(made, page, 'approve', {})).status).toBe(400)
    const form = { request: `${envelopeIn(page).slice(0, -4)}AAAA`, decision: 'approve' }
    expect((await made.send('/oauth/consent', { jar, form })).status).toBe(400)
    deps.clock.advance(600_001)
    expect((await decide(made, page, 'approve', { jar })).status).toBe(400)
  })

  it.each([
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:8080' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:8080.evil.example' },
  ])('403: from another site, as %j says (RFC 9700 §4.7)', async (headers) => {
    const { made, jar, page } = await asked()
    const answer = await decide(made, page, 'approve', { jar, headers: { ...headers } })
    expect(answer.status).toBe(403)
    expect(made.neighbours.asked.get('req.provider-bridge.begin-login')).toBeUndefined()
  })

  it.each([{ 'sec-fetch-site': 'same-origin', origin: 'null' }, { origin: 'http://localhost:8080' }])(
    '200: from our own page, as %j says',
    async (headers) => {
      const { made, jar, page } = await asked()
      const answer = await decide(made, page, 'approve', { jar, headers: { ...headers } })
      expect(answer.status).toBe(200)
    },
  )

  it('503: a page that names the side that failed, with a button that tries again', async () => {
    const { made, jar, page } = await asked()
    made.neighbours.replace(beginLogin, async () => {
      throw new Unavailable('identity provider')
    })
    const answer = await decide(made, page, 'approve', { jar })
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
    expect(answer.text).toContain('The identity provider is not answering')
    made.neighbours.replace(beginLogin, async () => ({
      url: 'https://idp.example/',
      state: 's',
      login: 'l',
      provider: 'P',
    }))
    expect((await decide(made, answer, 'approve', { jar })).status).toBe(200)
  })
})

describe('the cookies of logins under way', () => {
  it('are eight at most, the oldest making room, so that several tabs do not disturb each other', async () => {
    const deps = await testDeps()
    const { made, jar, page } = await asked(deps)
    const names: string[] = []
    for (let i = 0; i < 10; i++) {
      deps.clock.advance(1_000)
      const hop = await decide(made, page, 'approve', { jar })
      names.push(`login-${hopOf(hop).searchParams.get('state')}`)
    }
    expect([...jar.keys()].filter((name) => name.startsWith('login-'))).toEqual(names.slice(2))
  })

  it('stay small after 500 approvals (advisory: cookie growth)', async () => {
    const { made, jar, page } = await asked()
    for (let i = 0; i < 500; i++) await decide(made, page, 'approve', { jar })
    const cookies = Array.from(jar, ([name, value]) => `${name}=${value}`)
    expect(Math.max(...cookies.map((cookie) => cookie.length))).toBeLessThan(4_096)
    expect(cookies.join('; ').length).toBeLessThan(12_000)
  })

  it('give way to size as well as to number', async () => {
    const { made, jar } = await asked()
    for (let i = 0; i < 8; i++) await approve(made, { state: 'x'.repeat(1_000) }, jar)
    expect([...jar.keys()].filter((name) => name.startsWith('login-')).length).toBeLessThan(8)
    expect(Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ').length).toBeLessThan(12_000)
  })

  it('are refused clearly when one is too large for a browser', async () => {
    const { made, jar, page } = await asked()
    const login = 'x'.repeat(4_000)
    made.neighbours.replace(beginLogin, async () => ({ url: 'https://idp.example/', state: 's', login, provider: 'P' }))
    const answer = await decide(made, page, 'approve', { jar })
    expect([answer.status, answer.location.searchParams.get('error')]).toEqual([303, 'invalid_request'])
  })
})

describe('every page', () => {
  it('is never framed, stored or scripted, and allows its own style alone (clickjacking)', async () => {
    const { made, jar, page } = await asked()
    const hop = await decide(made, page, 'approve', { jar })
    const problem = await made.send('/oauth/authorize')
    for (const { headers, text } of [page, hop, problem]) {
      const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(text) ?? []
      const hash = createHash('sha256').update(style).digest('base64')
      expect(headers['content-security-policy']).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
      )
      expect(headers['x-frame-options']).toBe('DENY')
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(text).toContain('<html lang="en">')
      expect(text).not.toMatch(/<script|<img|\son\w+=|\sstyle=/i)
    }
  })
})
