/** The journey at the level of the wire: every step as `curl` would see it, and what bad input gets. */
import { claimsOf, createOAuthClient, type OAuthClient } from '@gateway/testing'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerConsent, signInAs } from './sign-in.ts'
import type { Stack } from './stack/stack.ts'
import { refusals } from './wire-refusals.ts'

export const REDIRECT = 'http://127.0.0.1:4711/callback'
const TOOL_CALL = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }

export interface Granted {
  readonly clientId: string
  readonly accessToken: string
  readonly refreshToken: string
  readonly code: string
  readonly verifier: string
}

/** Registers, consents, signs in and redeems: one grant of a new client. */
export async function obtainGrant(stack: Stack, client: OAuthClient, person = 'Ada Lovelace'): Promise<Granted> {
  const registered = await client.register({
    client_name: 'Wire client',
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
  })
  expect(registered.status).toBe(201)
  const clientId = String(registered.body['client_id'])
  const request = client.authorization({ client_id: clientId, redirect_uri: REDIRECT, resource: stack.mcpUrl })
  const redirect = await signInAs(person)(request.url, REDIRECT)
  expect(redirect.searchParams.get('state')).toBe(request.state)
  expect(redirect.searchParams.get('iss')).toBe(stack.issuer)
  const code = redirect.searchParams.get('code') ?? ''
  const tokens = await client.exchange({
    client_id: clientId,
    code,
    redirect_uri: REDIRECT,
    code_verifier: request.verifier,
  })
  expect(tokens).toMatchObject({ status: 200, body: { token_type: 'Bearer' } })
  expect([3_600, 3_599]).toContain(tokens.body.expires_in)
  return {
    clientId,
    code,
    verifier: request.verifier,
    accessToken: String(tokens.body['access_token']),
    refreshToken: String(tokens.body['refresh_token']),
  }
}

/** One POST to the MCP endpoint, as a client of the older eras sends it. */
export function callMcp(stack: Stack, token?: string, headers: Record<string, string> = {}): Promise<Response> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return fetch(stack.mcpUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...authorization,
      ...headers,
    },
    body: JSON.stringify(TOOL_CALL),
  })
}

const MODERN = '2026-07-28'

/** One tool call of the stateless era: no session, the method and the name mirrored in headers. With a progress token the answer is a stream. */
export function callModern(
  stack: Stack,
  token: string,
  tool: string,
  headers: Record<string, string> = {},
  asked: ModernOptions = {},
): Promise<Response> {
  const call = modernCall(token, tool, asked)
  return fetch(stack.mcpUrl, { ...call, headers: { ...call.headers, ...headers } })
}

interface ModernOptions {
  readonly arguments?: object
  readonly progressToken?: string
}

/** The same for whoever sends it by other means. */
export function modernCall(token: string, tool: string, asked: ModernOptions = {}) {
  const { progressToken } = asked
  const meta = {
    ...(progressToken === undefined ? {} : { progressToken }),
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const params = { name: tool, arguments: asked.arguments ?? {}, _meta: meta }
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
      'mcp-protocol-version': MODERN,
      'mcp-method': 'tools/call',
      'mcp-name': tool,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  }
}

export function wireContract(name: string, start: () => Promise<Stack>): void {
  describe(`on the wire, ${name}`, () => {
    let stack: Stack
    let client: OAuthClient
    beforeAll(async () => {
      stack = await start()
      client = createOAuthClient(stack.issuer)
    })
    afterAll(() => stack?.stop())

    it('challenges a call without a token and names where to go on (RFC 9728 §5.1)', async () => {
      for (const method of ['GET', 'POST']) {
        const response = await fetch(stack.mcpUrl, { method })
        expect(response.status).toBe(401)
        expect(response.headers.get('www-authenticate')).toBe(
          `Bearer resource_metadata="${stack.issuer}/.well-known/oauth-protected-resource/calculator/mcp", scope="read calculate"`,
        )
        expect(await response.json()).toHaveProperty('error')
      }
    })

    it('is discovered from the MCP URL alone, by documents that agree (RFC 9728, RFC 8414)', async () => {
      const { resourceMetadata, serverMetadata } = await client.discover(stack.mcpUrl)
      expect(resourceMetadata).toMatchObject({ resource: stack.mcpUrl, authorization_servers: [stack.issuer] })
      expect(serverMetadata).toMatchObject({
        issuer: stack.issuer,
        token_endpoint: `${stack.issuer}/oauth/token`,
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
      })
      const byQuery = await fetch(`${stack.issuer}/.well-known/oauth-protected-resource?service_id=calculator`)
      expect(await byQuery.json()).toEqual(resourceMetadata)
    })

    it('gives a token that any verifier can check with the published keys (RFC 9068)', async () => {
      const { accessToken, clientId } = await obtainGrant(stack, client)
      const keys = createRemoteJWKSet(new URL(`${stack.issuer}/.well-known/jwks.json`))
      const { payload } = await jwtVerify(accessToken, keys, {
        issuer: stack.issuer,
        audience: stack.mcpUrl,
        typ: 'at+jwt',
        algorithms: ['ES256'],
      })
      expect(payload).toMatchObject({ client_id: clientId, scope: 'read calculate', name: 'Ada Lovelace' })
      expect(payload['sid']).toEqual(expect.any(String))
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600)
    })

    it('rotates refresh tokens, answers a repeat within the grace window with the current one (pain-1)', async () => {
      const { clientId, refreshToken } = await obtainGrant(stack, client)
      const parallel = await Promise.all(
        Array.from({ length: 50 }, () => client.refresh({ client_id: clientId, refresh_token: refreshToken })),
      )
      expect(parallel.map((answer) => answer.status)).toEqual(parallel.map(() => 200))
      const current = new Set(parallel.map((answer) => answer.body['refresh_token']))
      expect(current.size).toBe(1)
      expect(current.has(refreshToken)).toBe(false)
    })

    it('refuses every token of a revoked family at the proxy (RFC 7009)', async () => {
      const { clientId, accessToken, refreshToken } = await obtainGrant(stack, client)
      expect((await callMcp(stack, accessToken)).status).not.toBe(401)
      expect((await client.revoke({ client_id: clientId, token: refreshToken })).status).toBe(200)
      const refused = await callMcp(stack, accessToken)
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"')
      const refreshed = await client.refresh({ client_id: clientId, refresh_token: refreshToken })
      expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    })

    it('redeems a code once; using it again ends what it gave (RFC 6749 §4.1.2)', async () => {
      const { clientId, code, verifier, accessToken } = await obtainGrant(stack, client)
      const again = await client.exchange({
        client_id: clientId,
        code,
        redirect_uri: REDIRECT,
        code_verifier: verifier,
      })
      expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      expect((await callMcp(stack, accessToken)).status).toBe(401)
    })

    it('tells the backend who calls from the token alone, whatever the client sends (original-12)', async () => {
      const { accessToken } = await obtainGrant(stack, client, 'Søren Ünal 山田')
      const spoofed = { 'x-user-id': 'root', 'X-User-Email': 'root@example.com' }
      const response = await callModern(stack, accessToken, 'whoami', spoofed)
      const text = await response.text()
      expect(text).toContain('Søren Ünal 山田')
      expect(text).not.toContain('root')
      expect(text).toContain(String(claimsOf(accessToken)['sub']).replace(/^[^:]*:/, ''))
    })

    it('lets a person refuse: access_denied with state and iss at the client, nothing upstream', async () => {
      const registered = await client.register({
        client_name: 'Refused',
        redirect_uris: [REDIRECT],
        token_endpoint_auth_method: 'none',
      })
      const request = client.authorization({
        client_id: String(registered.body['client_id']),
        redirect_uri: REDIRECT,
        resource: stack.mcpUrl,
      })
      const page = await answerConsent(request.url, REDIRECT, 'deny', '')
      expect(page.stopped).toBe(true)
      expect(Object.fromEntries(page.url.searchParams)).toMatchObject({
        error: 'access_denied',
        state: request.state,
        iss: stack.issuer,
      })
    })

    it('answers its own description, catalogue and health without an inner address', async () => {
      const paths = ['/', '/health', '/ready', '/services', '/services/calculator']
      for (const path of paths) {
        const response = await fetch(`${stack.issuer}${path}`)
        expect([path, response.status]).toEqual([path, 200])
        const text = await response.text()
        expect(() => JSON.parse(text) as unknown).not.toThrow()
      }
      const catalogue = await fetch(`${stack.issuer}/services`).then((response) => response.json())
      expect(catalogue).toEqual({
        services: {
          calculator: {
            name: expect.any(String),
            url: stack.mcpUrl,
            auth_required: true,
            scopes: ['read', 'calculate'],
          },
        },
      })
    })

    refusals(() => ({ stack, client }))
  })
}
