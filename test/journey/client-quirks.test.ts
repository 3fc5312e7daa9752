/**
 * What real clients stumble over (protocol.md section 5), one test for each breaker by its number, at the wire of the whole gateway. Their
 * recorded registrations and documents (2) are in `services/registry/src/fixtures`.
 */
import { createBrowser, createOAuthClient, type OAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signInAs } from '../e2e/sign-in.ts'
import { startInProcess } from '../e2e/stack/in-process.ts'
import type { Stack } from '../e2e/stack/stack.ts'
import { callMcp, obtainGrant, REDIRECT } from '../e2e/wire.ts'

let stack: Stack
let client: OAuthClient
beforeAll(async () => {
  stack = await startInProcess()
  client = createOAuthClient(stack.issuer)
})
afterAll(() => stack.stop())

const json = async (path: string) => (await fetch(stack.issuer + path)).json() as Promise<Record<string, unknown>>
const server = () => json('/.well-known/oauth-authorization-server')
const publicClient = (redirect_uris: readonly string[], more: Readonly<Record<string, unknown>> = {}) =>
  client.register({ redirect_uris, token_endpoint_auth_method: 'none', ...more })

async function authorization(
  registered: string,
  used: string,
  more: Readonly<Record<string, string | undefined>> = {},
) {
  const { body } = await publicClient([registered])
  const client_id = String(body['client_id'])
  return client.authorization({ client_id, redirect_uri: used, resource: stack.mcpUrl, ...more })
}

const page = async (registered: string, used: string) => fetch((await authorization(registered, used)).url)

/** What the client hears at its redirect URI, nobody having been asked. */
async function heard(more: Readonly<Record<string, string | undefined>>): Promise<URLSearchParams> {
  const { url } = await authorization(REDIRECT, REDIRECT, more)
  return (await createBrowser({ stopAt: REDIRECT }).open(url)).url.searchParams
}

describe('what real clients stumble over', () => {
  it('1: documents of clients are announced together with `none` and `private_key_jwt`', async () => {
    const { client_id_metadata_document_supported: announced, token_endpoint_auth_methods_supported: methods } =
      await server()
    expect([announced, methods]).toEqual([true, expect.arrayContaining(['none', 'private_key_jwt'])])
  })

  it('3: loopback redirects take any port, on both sides, and no other path', async () => {
    for (const [registered, used] of [
      ['http://localhost/callback', 'http://localhost:3118/callback'],
      ['http://127.0.0.1:33418/', 'http://127.0.0.1:51234/'],
      ['http://[::1]/callback', 'http://[::1]:8080/callback'],
    ] as const)
      expect((await page(registered, used)).status, used).toBe(200)
    expect((await page('http://localhost/callback', 'http://localhost:3118/other')).status).toBe(400)
    expect((await page('http://127.0.0.1/callback', 'http://localhost:3118/callback')).status).toBe(400)
  })

  it('4: Cursor’s three redirect URIs are registered together, and nothing that a browser would run', async () => {
    const uris = [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ]
    expect((await publicClient(uris)).body['redirect_uris']).toEqual(uris)
    for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'file:///x', 'vbscript:x', 'http://app.example/cb'])
      expect((await publicClient([uri])).body['error'], uri).toBe('invalid_redirect_uri')
  })

  it('5: a client on loopback that does not say what it is is native; one that says `web` is refused', async () => {
    expect((await publicClient(['http://127.0.0.1:19876/mcp/oauth/callback'])).status).toBe(201)
    const web = await publicClient([REDIRECT], { application_type: 'web' })
    expect([web.status, web.body['error']]).toEqual([400, 'invalid_redirect_uri'])
  })

  it('6: `resource` is the URL that people type, in the document at its path and at the root', async () => {
    for (const path of ['/calculator/mcp', ''])
      expect(await json(`/.well-known/oauth-protected-resource${path}`)).toMatchObject({ resource: stack.mcpUrl })
  })

  it('7: a 401 names the metadata by an absolute URL', async () => {
    const challenge = (await callMcp(stack)).headers.get('www-authenticate')
    expect(challenge).toContain(
      `resource_metadata="${stack.issuer}/.well-known/oauth-protected-resource/calculator/mcp"`,
    )
  })

  it('8: `iss` is announced, and comes with codes and with errors', async () => {
    expect(await server()).toMatchObject({ issuer: stack.issuer, authorization_response_iss_parameter_supported: true })
    expect((await heard({ code_challenge_method: 'plain' })).getAll('iss')).toEqual([stack.issuer])
    const redirect = await signInAs('Ada Lovelace')((await authorization(REDIRECT, REDIRECT)).url, REDIRECT)
    expect(redirect.searchParams.getAll('iss')).toEqual([stack.issuer])
  })

  it('9: an access token lives well over five minutes, and a refresh that races another one is answered', async () => {
    const { clientId: client_id, refreshToken: refresh_token } = await obtainGrant(stack, client)
    const [first, second] = await Promise.all([1, 2].map(() => client.refresh({ client_id, refresh_token })))
    expect(first?.body['expires_in']).toBeGreaterThan(600)
    expect(second?.body['refresh_token']).toBe(first?.body['refresh_token'])
  })

  it('10: a client that is gone is 401 invalid_client, a dead refresh token 400 invalid_grant, both as JSON', async () => {
    const { clientId } = await obtainGrant(stack, client)
    const gone = await client.refresh({ client_id: 'gone', refresh_token: 'x' })
    const dead = await client.refresh({ client_id: clientId, refresh_token: 'x' })
    expect([gone.status, gone.body['error']]).toEqual([401, 'invalid_client'])
    expect([dead.status, dead.body['error']]).toEqual([400, 'invalid_grant'])
    expect(gone.headers.get('content-type')).toContain('application/json')
  })

  it('12: `offline_access` stands in the server’s document alone, and refresh tokens come without it', async () => {
    expect((await server())['scopes_supported']).toContain('offline_access')
    const { scopes_supported: scopes } = await json('/.well-known/oauth-protected-resource/calculator/mcp')
    expect(scopes).not.toContain('offline_access')
    expect((await obtainGrant(stack, client)).refreshToken).toMatch(/\./)
  })

  it('13: without `resource` the only service is meant, an unknown one is invalid_target', async () => {
    expect((await fetch((await authorization(REDIRECT, REDIRECT, { resource: undefined })).url)).status).toBe(200)
    expect((await heard({ resource: `${stack.issuer}/other/mcp` })).get('error')).toBe('invalid_target')
  })

  it('14: scripts of every origin may read documents, register and get tokens, and none may read pages', async () => {
    const headers = { origin: 'https://inspector.example' }
    const allowed = async (path: string, init: RequestInit = {}) =>
      (await fetch(stack.issuer + path, { headers, ...init })).headers.get('access-control-allow-origin')
    const post = { method: 'POST' }
    expect(await allowed('/.well-known/oauth-authorization-server')).toBe('*')
    expect(await allowed('/oauth/register', post)).toBe('*')
    expect(await allowed('/oauth/token', post)).toBe('*')
    expect(await allowed('/oauth/authorize')).toBeNull()
  })

  it('15: the consent form goes to a page of its own origin, which leads on', async () => {
    const browser = createBrowser({ stopAt: 'cursor://' })
    const uri = 'cursor://anysphere.cursor-mcp/oauth/callback'
    const consent = await browser.open((await authorization(uri, uri)).url)
    expect(consent.headers.get('content-security-policy')).toContain("form-action 'self'")
    const denied = await browser.submit(consent, { button: { name: 'decision', value: 'deny' } })
    expect([denied.status, denied.stopped]).toEqual([200, true])
    expect(denied.url.searchParams.get('error')).toBe('access_denied')
  })

  it.each(['/authorize', '/token', '/register', '/.well-known/anything', '/calculator/mcp/.well-known/anything'])(
    '16, 17: %s, which clients guess, is a plain 404 as JSON, for HEAD as well, and asks for nothing',
    async (path) => {
      for (const method of ['GET', 'HEAD', 'POST']) {
        const response = await fetch(stack.issuer + path, { method })
        expect(response.status, method).toBe(404)
        expect(response.headers.get('content-type'), method).toContain('application/json')
        expect(response.headers.get('www-authenticate')).toBeNull()
      }
    },
  )

  it('17: documents answer HEAD as they answer GET', async () => {
    for (const path of [
      '/.well-known/oauth-authorization-server',
      '/.well-known/oauth-protected-resource/calculator/mcp',
    ])
      expect((await fetch(stack.issuer + path, { method: 'HEAD' })).status, path).toBe(200)
  })
})
