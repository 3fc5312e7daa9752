/** Clients that nobody here wrote: the OAuth libraries of the certification suite’s author, and how the SDKs recover. */

import { claimsOf, createOAuthClient } from '@gateway/testing'
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type MemoryProvider, memoryProvider, REDIRECT_URI } from '../e2e/clients/memory-provider.ts'
import { signInAs } from '../e2e/sign-in.ts'
import { startInProcess } from '../e2e/stack/in-process.ts'
import type { Stack } from '../e2e/stack/stack.ts'
import { callMcp } from '../e2e/wire.ts'

const METADATA = {
  client_name: 'Library',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
}
const SCOPE = 'openid email read'
const signIn = signInAs('Ada Lovelace')

let stack: Stack

beforeAll(async () => {
  stack = await startInProcess()
})
afterAll(() => stack.stop())

describe('openid-client', () => {
  it('discovers, registers, gets tokens by a code, reads userinfo, refreshes, and revokes', async () => {
    const configuration = await openid.dynamicClientRegistration(new URL(stack.issuer), METADATA, undefined, {
      execute: [openid.allowInsecureRequests],
    })
    const verifier = openid.randomPKCECodeVerifier()
    const checks = {
      pkceCodeVerifier: verifier,
      expectedState: openid.randomState(),
      expectedNonce: openid.randomNonce(),
    }
    const url = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: REDIRECT_URI,
      scope: SCOPE,
      resource: stack.mcpUrl,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const redirect = await signIn(url, REDIRECT_URI)
    const tokens = await openid.authorizationCodeGrant(configuration, redirect, checks)
    const subject = tokens.claims()?.sub ?? ''
    expect(await openid.fetchUserInfo(configuration, tokens.access_token, subject)).toMatchObject({
      email: 'ada@demo.example',
    })

    const again = await openid.refreshTokenGrant(configuration, tokens.refresh_token ?? '', { resource: stack.mcpUrl })
    expect(again.refresh_token).not.toBe(tokens.refresh_token)
    expect(await openid.tokenIntrospection(configuration, again.access_token)).toMatchObject({ active: true })
    await openid.tokenRevocation(configuration, again.refresh_token ?? '')
    await expect(openid.refreshTokenGrant(configuration, again.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })
})

describe('oauth4webapi', () => {
  const insecure = { [oauth.allowInsecureRequests]: true }

  it('validates every answer of discovery, registration, authorization, token and refresh', async () => {
    const issuer = new URL(stack.issuer)
    const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
    const server = await oauth.processDiscoveryResponse(issuer, found)
    const registered = await oauth.dynamicClientRegistrationRequest(server, METADATA, insecure)
    const client = await oauth.processDynamicClientRegistrationResponse(registered)
    const proof = oauth.ClientSecretBasic(client.client_secret as string)

    const verifier = oauth.generateRandomCodeVerifier()
    const state = oauth.generateRandomState()
    const url = new URL(server.authorization_endpoint ?? '')
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'read',
      resource: stack.mcpUrl,
      state,
      code_challenge_method: 'S256',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    }).toString()
    const answer = oauth.validateAuthResponse(server, client, await signIn(url, REDIRECT_URI), state)
    const code = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      proof,
      answer,
      REDIRECT_URI,
      verifier,
      insecure,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, code)
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'read' })

    const refreshed = await oauth.refreshTokenGrantRequest(server, client, proof, tokens.refresh_token ?? '', insecure)
    expect((await oauth.processRefreshTokenResponse(server, client, refreshed)).refresh_token).toBeDefined()
    const call = new Request(stack.mcpUrl, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    expect(await oauth.validateJwtAccessToken(server, call, stack.mcpUrl, insecure)).toMatchObject({
      client_id: client.client_id,
    })
  })
})

/** The official SDK, both lines. */
const lines = {
  v1: ({ provider }: MemoryProvider) => {
    const transport = new StreamableHTTPClientTransport(new URL(stack.mcpUrl), { authProvider: provider })
    return {
      connect: async () => {
        const client = new Client({ name: 'v1', version: '1.0.0' })
        await client.connect(transport)
        return client
      },
      finish: (redirect: URL) => transport.finishAuth(redirect.searchParams.get('code') ?? ''),
    }
  },
  v2: ({ provider }: MemoryProvider) => {
    const transport = new TransportV2(new URL(stack.mcpUrl), { authProvider: provider })
    return {
      connect: async () => {
        const client = new ClientV2({ name: 'v2', version: '1.0.0' })
        await client.connect(transport)
        return client
      },
      finish: (redirect: URL) => transport.finishAuth(redirect.searchParams),
    }
  },
}

describe('an access token that is refused', () => {
  it.each(['v1', 'v2'] as const)('is renewed by SDK %s, and nobody is asked again (pain-2)', async (line) => {
    const memory = memoryProvider()
    const first = lines[line](memory)
    await expect(first.connect()).rejects.toThrow('Unauthorized')
    const asked = memory.authorizationUrl()
    await first.finish(await signIn(asked, REDIRECT_URI))
    const before = claimsOf(memory.tokens()?.access_token ?? '')
    const revoked = { client_id: String(before['client_id']), token: memory.tokens()?.access_token }
    expect((await createOAuthClient(stack.issuer).revoke(revoked)).status).toBe(200)
    const held = memory.tokens()?.access_token
    await vi.waitFor(async () => expect((await callMcp(stack, held)).status).toBe(401))

    const client = await lines[line](memory).connect()
    await client.close()
    const after = claimsOf(memory.tokens()?.access_token ?? '')
    expect([after['sid'], memory.authorizationUrl()]).toEqual([before['sid'], asked])
    expect(after['jti']).not.toBe(before['jti'])
  })
})

/** What a client holds of a registration that was deleted, with a refresh token that it tries first. */
describe('a client whose registration is gone', () => {
  it.each(['v1', 'v2'] as const)(
    'is led by 401 invalid_client to forget it: SDK %s registers anew (pain-3)',
    async (line) => {
      const memory = memoryProvider()
      const gone = await registerAndDelete()
      remember(memory, { client: gone, tokens: { access_token: 'x', refresh_token: 'x', token_type: 'Bearer' } })
      const client = lines[line](memory)

      await expect(client.connect()).rejects.toThrow('Unauthorized')
      const url = memory.authorizationUrl()
      expect(url.searchParams.get('client_id')).not.toBe(gone['client_id'])
      await client.finish(await signIn(url, REDIRECT_URI))
      expect(memory.tokens()?.refresh_token).toMatch(/\./)
    },
  )
})

async function registerAndDelete(): Promise<Record<string, unknown>> {
  const { body } = await createOAuthClient(stack.issuer).register({ ...METADATA, token_endpoint_auth_method: 'none' })
  const deleted = await fetch(String(body['registration_client_uri']), {
    method: 'DELETE',
    headers: { authorization: `Bearer ${String(body['registration_access_token'])}` },
  })
  expect(deleted.status).toBe(204)
  return body
}

/** Puts in place what an earlier run has left, and lets the SDK forget it. Both are stamped with their issuer, as it does. */
function remember({ provider }: MemoryProvider, held: Readonly<Record<'client' | 'tokens', object>>): void {
  const keep = (client: unknown, tokens: unknown) => {
    void provider.saveClientInformation?.(client as never)
    void provider.saveTokens(tokens as never)
  }
  keep({ ...held.client, issuer: stack.issuer }, { ...held.tokens, issuer: stack.issuer })
  Object.assign(provider, { invalidateCredentials: () => keep(undefined, undefined) })
}
