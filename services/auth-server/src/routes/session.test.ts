import { checkUser } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { testConfig, testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { approve, authorizePath, decide, type Fields, hopOf, redeem } from '../test-support/journey.ts'
import { profile } from '../test-support/neighbours.ts'
import { type Answer, clientOf, setStage } from '../test-support/stage.ts'

const BEGIN = 'req.provider-bridge.begin-login'
const TYPED = { 'sec-fetch-site': 'none' }

async function stage({ remember = false, issuer = 'http://localhost:8080' } = {}) {
  const deps = await testDeps({ config: testConfig({ consent: { remember }, issuer }) })
  const made = await setStage(deps)
  onTestFinished(() => made.close())
  return { deps, made }
}

/** A browser in which somebody has signed in, and what the provider-bridge was asked until then. */
async function signedIn(options: Parameters<typeof stage>[0] = {}) {
  const { deps, made } = await stage(options)
  const { jar, callback } = await approve(made)
  const first = await made.send(callback, { jar })
  const logins = () => made.neighbours.asked.get(BEGIN) ?? 0
  const ask = (changes: Fields = {}, headers: Record<string, string> = TYPED) =>
    made.send(authorizePath(made, changes), { jar, headers })
  return { deps, made, jar, first, logins, ask }
}

const errorOf = (answer: Answer) => answer.location.searchParams.get('error')

describe('a sign-in', () => {
  it('leaves a session in this browser, out of reach of scripts, and bound to the host on https', async () => {
    const { first } = await signedIn({ issuer: 'https://gateway.example' })
    expect(first.headers['set-cookie']?.find((line) => line.includes('session='))).toMatch(
      /^__Host-session=[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{22}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  it('is the same content without prefix and Secure on a loopback issuer', async () => {
    const { first } = await signedIn()
    expect(first.headers['set-cookie']?.find((line) => line.startsWith('session='))).toMatch(
      /^session=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/,
    )
  })

  it('ends the session that was there before (advisory: sign-in page leaves the old session)', async () => {
    const { made, jar, ask } = await signedIn()
    const before = jar.get('session') ?? ''
    const hop = await decide(made, await ask(), 'switch', { jar })
    const { pathname, search } = hopOf(hop)
    await made.send(`${pathname}${search}`, { jar })
    expect(jar.get('session')).not.toBe(before)
    const old = await made.send('/account', { jar: new Map([['session', before]]) })
    expect(old.text).not.toContain('>Ada<')
  })

  it('counts although the session cannot be kept', async () => {
    const { deps, made } = await stage()
    deps.store.put = async () => {
      throw new Unavailable('store')
    }
    const { jar, callback } = await approve(made)
    expect((await made.send(callback, { jar })).location.searchParams.has('code')).toBe(true)
    expect(jar.has('session')).toBe(false)
  })
})

describe('with a session', () => {
  it('the consent page names the account, and its approval leads to the code without the provider', async () => {
    const { made, jar, logins, ask } = await signedIn()
    const page = await ask()
    expect(page.text).toContain('<strong>Ada</strong>')
    expect(page.text).toContain('ada@example.com')
    const hop = await decide(made, page, 'approve', { jar })
    const url = hopOf(hop)
    expect(`${url.origin}${url.pathname}`).toBe('https://app.example/callback')
    expect([...url.searchParams.keys()]).toEqual(['code', 'state', 'iss'])
    expect(hop.headers['referrer-policy']).toBe('no-referrer')
    expect(logins()).toBe(1)
    expect((await redeem(made, url.searchParams.get('code') ?? '')).status).toBe(200)
    expect([...made.neighbours.families.values()][0]).toMatchObject({ sub: profile.sub })
    expect(await made.audited('audit.consent.granted', 2)).toHaveLength(2)
  })

  it('the same button pressed twice leads to the same code, and after its redemption to none', async () => {
    const { made, jar, ask } = await signedIn()
    const page = await ask()
    const [one, two] = await Promise.all([1, 2].map(() => decide(made, page, 'approve', { jar })))
    const code = hopOf(one as Answer).searchParams.get('code') ?? ''
    expect(hopOf(two as Answer).searchParams.get('code')).toBe(code)
    expect((await redeem(made, code)).status).toBe(200)
    const again = await decide(made, page, 'approve', { jar })
    expect([again.status, again.text.includes('error=')]).toEqual([400, false])
  })

  it('another account can be used: by way of the provider, which asks for it', async () => {
    const { made, jar, logins, ask } = await signedIn()
    const seen: unknown[] = []
    const page = await ask()
    made.neighbours.watch(BEGIN, (input) => seen.push(input))
    await decide(made, page, 'switch', { jar })
    expect([logins(), seen]).toEqual([2, [{ prompt: 'select_account' }]])
  })

  it('an approval counts for the account that the page named alone', async () => {
    const { made, jar, logins, ask } = await signedIn()
    const page = await ask()
    jar.delete('session')
    await decide(made, page, 'approve', { jar })
    expect(logins()).toBe(2)
    const without = await ask()
    expect(without.text).not.toContain('>Ada<')
    const other = await signedIn()
    jar.set('session', other.jar.get('session') ?? '')
    await decide(made, without, 'approve', { jar })
    expect(logins()).toBe(3)
  })

  it.each<[string, Fields]>([
    ['asks for a fresh sign-in', { prompt: 'login' }],
    ['asks for the choice of an account', { prompt: 'select_account' }],
    ['names somebody else', { login_hint: 'grace@example.com' }],
    ['accepts no sign-in as old as this one', { max_age: '0' }],
  ])('the provider is asked all the same when the client %s', async (_, changes) => {
    const { deps, made, jar, logins, ask } = await signedIn()
    deps.clock.advance(1_000)
    const page = await ask(changes)
    expect(page.text).not.toContain('>Ada<')
    await decide(made, page, 'approve', { jar })
    expect(logins()).toBe(2)
  })

  it('who must sign in again, or is blocked, is signed out', async () => {
    for (const code of ['user_unknown', 'sign_in_required', 'user_blocked']) {
      const { made, jar, ask } = await signedIn()
      made.neighbours.replace(checkUser, async () => {
        throw new Refusal(code)
      })
      expect((await ask()).text).not.toContain('>Ada<')
      expect(jar.has('session')).toBe(false)
    }
  })

  it('who may not use this service stays signed in, and hears so at the sign-in', async () => {
    const { made, jar, ask } = await signedIn()
    made.neighbours.replace(checkUser, async ({ service }) => {
      if (service !== undefined) throw new Refusal('user_denied')
      return { profile }
    })
    expect((await ask()).text).not.toContain('>Ada<')
    expect(jar.has('session')).toBe(true)
  })

  it('503: while it cannot be looked at', async () => {
    const { made, ask } = await signedIn()
    made.neighbours.replace(checkUser, async () => {
      throw new Unavailable('provider-bridge')
    })
    expect((await ask()).status).toBe(503)
  })
})

describe('a remembered consent', () => {
  it('is not used unless the operator says so', async () => {
    const { ask } = await signedIn()
    expect((await ask()).status).toBe(200)
  })

  it.each([TYPED, { 'sec-fetch-site': 'same-origin' }])(
    'leads to the code at once, on a way like %j',
    async (headers) => {
      const { made, logins, ask } = await signedIn({ remember: true })
      const answer = await ask({}, headers)
      expect([answer.status, answer.location.searchParams.get('state')]).toEqual([303, 'xyz'])
      const code = answer.location.searchParams.get('code') ?? ''
      expect((await redeem(made, code)).status).toBe(200)
      expect(logins()).toBe(1)
      expect(await made.audited('audit.consent.granted')).toHaveLength(1)
    },
  )

  it.each<Record<string, string>>([{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, {}])(
    'is not ridden from another site: %j must still ask (advisory: remembered consent ridden)',
    async (headers) => {
      const { ask } = await signedIn({ remember: true })
      const answer = await ask({}, headers)
      expect([answer.status, answer.headers.location]).toEqual([200, undefined])
    },
  )

  it('is not used for prompt=consent, for more scopes, by HEAD or POST, or for another client', async () => {
    const { made, jar, ask } = await signedIn({ remember: true })
    expect((await ask({ prompt: 'consent' })).status).toBe(200)
    expect((await ask({ scope: 'read calculate' })).status).toBe(200)
    const head = await made.send(authorizePath(made), { method: 'HEAD', jar, headers: TYPED })
    expect([head.status, head.headers.location]).toEqual([200, undefined])
    const form = Object.fromEntries(new URL(authorizePath(made), made.issuer).searchParams)
    expect((await made.send('/oauth/authorize', { form, jar, headers: TYPED })).status).toBe(200)
    const attacker = clientOf({ redirect_uris: ['https://app.example/callback'] })
    made.neighbours.clients.set(attacker.client_id, { client: attacker })
    const path = authorizePath(made, {}, attacker)
    expect((await made.send(path, { jar, headers: TYPED })).status).toBe(200)
  })

  it('is not used without the session', async () => {
    const { made } = await signedIn({ remember: true })
    expect((await made.send(authorizePath(made), { headers: TYPED })).status).toBe(200)
  })
})

describe('prompt=none (OpenID Connect Core §3.1.2.6)', () => {
  const none = { prompt: 'none' }

  it('login_required: nobody is signed in, or not as the client wants it', async () => {
    const { made } = await stage()
    expect(errorOf(await made.send(authorizePath(made, none)))).toBe('login_required')
    const { deps, ask } = await signedIn({ remember: true })
    deps.clock.advance(10_000)
    expect(errorOf(await ask({ ...none, max_age: '5' }))).toBe('login_required')
  })

  it('consent_required: nothing stands', async () => {
    expect(errorOf(await (await signedIn()).ask(none))).toBe('consent_required')
    const { ask } = await signedIn({ remember: true })
    expect(errorOf(await ask({ ...none, scope: 'calculate' }))).toBe('consent_required')
  })

  it('interaction_required: it came from another site', async () => {
    const { ask } = await signedIn({ remember: true })
    expect(errorOf(await ask(none, { 'sec-fetch-site': 'cross-site' }))).toBe('interaction_required')
  })

  it('a code: signed in, allowed before, and by oneself', async () => {
    const { ask } = await signedIn({ remember: true })
    expect((await ask(none)).location.searchParams.has('code')).toBe(true)
  })

  it('invalid_request: with any other value', async () => {
    const { ask } = await signedIn()
    expect(errorOf(await ask({ prompt: 'none login' }))).toBe('invalid_request')
  })
})
