/** What bad input gets: the right RFC error, as JSON or as a page, never a stack, never a redirect to where nobody registered. */
import type { OAuthClient } from '@gateway/testing'
import { expect, it } from 'vitest'
import type { Stack } from './stack/stack.ts'
import { callMcp, REDIRECT } from './wire.ts'

export function refusals(at: () => { stack: Stack; client: OAuthClient }): void {
  it('says 404 in JSON for what is not there', async () => {
    const { stack } = at()
    for (const path of [
      '/nobody/mcp',
      '/services/nobody',
      '/.well-known/oauth-protected-resource/nobody/mcp',
      '/.well-known/nothing',
      '/nothing',
    ]) {
      const response = await fetch(`${stack.issuer}${path}`)
      expect([path, response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([
        path,
        404,
        'application/json',
      ])
    }
  })

  it('shows a page and never redirects for an unknown client or redirect URI (original-8)', async () => {
    const { stack, client } = at()
    const registered = await client.register({
      client_name: 'x',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
    })
    const known = String(registered.body['client_id'])
    const requests = [
      { client_id: 'nobody', redirect_uri: REDIRECT },
      { client_id: known, redirect_uri: 'https://attacker.example/callback' },
      { client_id: known, redirect_uri: `${REDIRECT}/deeper` },
    ]
    for (const parameters of requests) {
      const response = await fetch(client.authorization({ ...parameters, resource: stack.mcpUrl }).url, {
        redirect: 'manual',
      })
      expect(response.status).toBe(400)
      expect(response.headers.get('location')).toBeNull()
      expect(response.headers.get('content-type')).toContain('text/html')
    }
  })

  it('redirects other mistakes to the client, with the error, state and iss (RFC 6749 §4.1.2.1, RFC 9207)', async () => {
    const { stack, client } = at()
    const registered = await client.register({
      client_name: 'x',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
    })
    const base = { client_id: String(registered.body['client_id']), redirect_uri: REDIRECT, resource: stack.mcpUrl }
    const mistakes: readonly [string, Record<string, string | undefined>][] = [
      ['invalid_request', { code_challenge: undefined, code_challenge_method: undefined }],
      ['invalid_request', { code_challenge_method: 'plain' }],
      ['invalid_target', { resource: 'https://elsewhere.example/mcp' }],
      ['invalid_target', { resource: `${stack.mcpUrl}/deeper` }],
      ['unsupported_response_type', { response_type: 'token' }],
    ]
    for (const [error, change] of mistakes) {
      const response = await fetch(client.authorization({ ...base, state: 's', ...change }).url, { redirect: 'manual' })
      expect([change, response.status]).toEqual([change, 303])
      const location = new URL(response.headers.get('location') ?? '')
      expect(`${location.origin}${location.pathname}`).toBe(REDIRECT)
      expect(Object.fromEntries(location.searchParams)).toMatchObject({ error, state: 's', iss: stack.issuer })
    }
  })

  it('says invalid_client as 401 and malformed requests as invalid_request at the token endpoint (RFC 6749 §5.2)', async () => {
    const { stack, client } = at()
    const unknown = await client.exchange({
      client_id: 'nobody',
      code: 'x',
      redirect_uri: REDIRECT,
      code_verifier: 'y',
    })
    expect(unknown).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    const json = await fetch(`${stack.issuer}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"grant_type":',
    })
    expect(json.status).toBeGreaterThanOrEqual(400)
    expect(json.status).toBeLessThan(500)
    expect(await json.json()).toMatchObject({ error: 'invalid_request' })
  })

  it('challenges malformed and foreign tokens, and takes none from the query (RFC 6750 §3.1)', async () => {
    const { stack } = at()
    for (const token of ['nonsense', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`]) {
      const response = await callMcp(stack, token)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
    }
    expect((await fetch(`${stack.mcpUrl}?access_token=nonsense`)).status).toBe(400)
  })
}
