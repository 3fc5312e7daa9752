import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Running } from './listen.ts'
import { startDemoProvider } from './provider.ts'

const redirectUri = 'http://localhost:8080/oauth/callback'
const clientSecret = 'demo-secret-of-the-tests'
/** Before the imports run: the library speaks while it is loaded. */
const printed = vi.hoisted(() => [vi.spyOn(console, 'warn'), vi.spyOn(console, 'info')])
let provider: Running
let metadata: Record<string, string>

beforeAll(async () => {
  provider = await startDemoProvider({ host: '127.0.0.1', port: 0, clientId: 'gateway', clientSecret, redirectUri })
  metadata = (await (await fetch(`${provider.url}/.well-known/openid-configuration`)).json()) as Record<string, string>
})
afterAll(() => provider.close())

const verifier = randomBytes(32).toString('base64url')

function authorizationUrl(extra: Record<string, string | undefined> = {}): string {
  const parameters: Record<string, string | undefined> = {
    client_id: 'gateway',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid email profile',
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  }
  const url = new URL(metadata.authorization_endpoint!)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

/** A browser without script: keeps cookies, follows redirects inside the provider, stops where they leave it. */
function visitor() {
  const jar = new Map<string, string>()
  return async function visit(
    url: string,
    form?: Record<string, string>,
  ): Promise<{ response: Response; url: string }> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value) jar.set(name!, value)
      else jar.delete(name!)
    }
    const location = response.headers.get('location')
    if (location === null) return { response, url }
    const next = new URL(location, url).href
    return next.startsWith(provider.url) ? visit(next) : { response, url: next }
  }
}

const actionOf = (html: string) => new URL(/action="([^"]+)"/.exec(html)![1]!, provider.url).href

async function signIn(user: string, extra: Record<string, string> = {}, visit = visitor()): Promise<URL> {
  const page = await visit(authorizationUrl(extra))
  const back = await visit(actionOf(await page.response.text()), { user })
  return new URL(back.url)
}

async function redeem(code: string, codeVerifier = verifier): Promise<Response> {
  return fetch(metadata.token_endpoint!, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`gateway:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
    }),
  })
}

const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString()) as { sub: string }

describe('the demo provider', () => {
  it('prints no warning of its library, on any release of Node', () => {
    for (const spy of printed) expect(spy).not.toHaveBeenCalled()
  })

  it('publishes metadata of the issuer it was given, and nothing it does not do (OpenID Connect Discovery §3)', () => {
    expect(metadata).toMatchObject({
      issuer: provider.url,
      response_types_supported: ['code'],
      scopes_supported: ['openid', 'profile', 'email'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    })
  })

  it('shows one button a person in a page without script, that does not narrow where its form may lead (pain-9)', async () => {
    const { response } = await visitor()(authorizationUrl())
    const html = await response.text()
    expect(html.match(/name="user" value="[a-z-]+"/g)).toHaveLength(3)
    expect(html).toContain('Søren Ünal 山田')
    expect(html).toContain('<html lang="en">')
    expect(html).toContain('The people are invented')
    expect(html).not.toContain('<script')
    expect(response.headers.get('content-security-policy')).not.toContain('form-action')
  })

  it('signs in and answers code, state and iss (RFC 9207 §2), then an ID token and a userinfo answer', async () => {
    const back = await signIn('soren-unal')
    expect(back.origin + back.pathname).toBe(redirectUri)
    expect(back.searchParams.get('state')).toBe('a-state')
    expect(back.searchParams.get('iss')).toBe(provider.url)
    const answer = await redeem(back.searchParams.get('code')!)
    const tokens = (await answer.json()) as { access_token: string; id_token: string }
    expect(claimsOf(tokens.id_token)).toMatchObject({
      iss: provider.url,
      aud: 'gateway',
      sub: 'soren-unal',
      nonce: 'a-nonce',
    })
    const bearer = { headers: { authorization: `Bearer ${tokens.access_token}` } }
    const person = (await (await fetch(metadata.userinfo_endpoint!, bearer)).json()) as { picture: string }
    expect(person).toEqual({
      sub: 'soren-unal',
      name: 'Søren Ünal 山田',
      email: 'soren@demo.example',
      email_verified: true,
      groups: [],
      picture: `${provider.url}/avatars/soren-unal.svg`,
    })
    const picture = await fetch(person.picture)
    expect(picture.headers.get('content-type')).toBe('image/svg+xml')
    expect(await picture.text()).toContain('<svg')
  })

  it('requires PKCE (RFC 7636 §4.4.1) and checks the verifier (§4.6)', async () => {
    const without = await visitor()(authorizationUrl({ code_challenge: undefined, code_challenge_method: undefined }))
    expect(new URL(without.url).searchParams.get('error')).toBe('invalid_request')
    const code = (await signIn('ada-lovelace')).searchParams.get('code')!
    expect((await redeem(code, 'x'.repeat(43))).status).toBe(400)
  })

  it('remembers who signed in, asks again for prompt=login and select_account, and asks nothing for consent', async () => {
    const visit = visitor()
    await signIn('ada-lovelace', {}, visit)
    expect(new URL((await visit(authorizationUrl())).url).searchParams.has('code')).toBe(true)
    expect(new URL((await visit(authorizationUrl({ prompt: 'consent' }))).url).searchParams.has('code')).toBe(true)
    for (const prompt of ['login', 'select_account']) {
      expect(await (await visit(authorizationUrl({ prompt }))).response.text()).toContain('Who are you today?')
    }
    const switched = await signIn('grace-hopper', { prompt: 'login' }, visit)
    const answer = (await (await redeem(switched.searchParams.get('code')!)).json()) as { id_token: string }
    expect(claimsOf(answer.id_token).sub).toBe('grace-hopper')
  })

  it('puts the person that login_hint names first (OpenID Connect Core §3.1.2.1)', async () => {
    const { response } = await visitor()(authorizationUrl({ login_hint: 'grace@demo.example' }))
    expect(/value="([a-z-]+)"( autofocus)?/.exec(await response.text())?.slice(1)).toEqual([
      'grace-hopper',
      ' autofocus',
    ])
  })

  it('answers access_denied when the person cancels, and the page again when the form names nobody', async () => {
    const visit = visitor()
    const action = actionOf(await (await visit(authorizationUrl())).response.text())
    const nobody = await visit(action, { user: 'mallory' })
    expect(nobody.response.status).toBe(400)
    expect(await nobody.response.text()).toContain('Who are you today?')
    expect(new URL((await visit(action, { cancel: 'yes' })).url).searchParams.get('error')).toBe('access_denied')
  })

  it('shows a readable page, and never redirects, for an unknown client, a foreign redirect URI, another browser', async () => {
    for (const wrong of [{ client_id: 'x' }, { redirect_uri: 'https://evil.example' }]) {
      const { response } = await visitor()(authorizationUrl(wrong))
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('That did not work')
    }
    const page = await (await visitor()(authorizationUrl())).response.text()
    const stolen = await visitor()(actionOf(page), { user: 'ada-lovelace' })
    expect(stolen.response.status).toBe(400)
    expect(await stolen.response.text()).toContain('This sign-in has ended')
  })

  it('refuses a foreign Host on loopback (DNS rebinding)', async () => {
    const status = await new Promise((resolve) => {
      request(`${provider.url}/`, { headers: { host: 'evil.example' } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      }).end()
    })
    expect(status).toBe(421)
  })

  it('answers on both loopback addresses as localhost, and says when the port is taken', async () => {
    const options = { host: 'localhost', port: 0, clientId: 'gateway', clientSecret, redirectUri }
    const both = await startDemoProvider(options)
    const port = Number(new URL(both.url).port)
    expect(both.url).toBe(`http://localhost:${port}`)
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200)
    await expect(startDemoProvider({ ...options, port })).rejects.toThrow('EADDRINUSE')
    await both.close()
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed')
  })
})
