/** Clients without people: the grant `client_credentials`, and how they prove who they are. */
import { authenticateClient, issueClientToken } from '@gateway/contracts'
import { CLIENT_ASSERTION_TYPE } from '@gateway/oauth'
import { testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { calculator } from '../test-support/neighbours.ts'
import { clientOf, setStage } from '../test-support/stage.ts'

async function machine(changes: Parameters<typeof clientOf>[0] = {}, services = [calculator]) {
  const made = await setStage(await testDeps(), { services })
  onTestFinished(() => made.close())
  const metadata = {
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    ...changes,
  }
  const client = clientOf(metadata as Parameters<typeof clientOf>[0], 'configured')
  made.neighbours.clients.set(client.client_id, { client, secret: 's' })
  const seen: unknown[] = []
  made.neighbours.watch(issueClientToken.subject, (input) => seen.push(input))
  const headers = { authorization: `Basic ${Buffer.from(`${client.client_id}:s`).toString('base64')}` }
  const ask = (form: Record<string, string> = {}) =>
    made.send('/oauth/token', { form: { grant_type: 'client_credentials', ...form }, headers })
  return { made, client, ask, seen }
}

describe('POST /oauth/token, grant client_credentials (RFC 6749 §4.4, A17)', () => {
  it('200: an access token for one resource, and nothing to refresh or to know a person by', async () => {
    const { made, client, ask, seen } = await machine()
    const resource = `${made.issuer}/calculator/mcp`
    const answer = await ask({ resource, scope: 'read openid offline_access unknown' })
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(Object.keys(answer.json)).toEqual(['access_token', 'token_type', 'expires_in', 'scope'])
    expect(seen).toEqual([{ client_id: client.client_id, resource, scopes: ['read'] }])
  })

  it('200: all scopes of the only service when none are asked for, as far as the operator lets the client', async () => {
    const { ask, seen } = await machine({ scope: 'calculate' })
    expect((await ask()).json['scope']).toBe('calculate')
    expect(seen).toHaveLength(1)
  })

  it.each([
    ['invalid_scope', { scope: 'admin' }],
    ['invalid_scope', { scope: 'openid' }],
    ['invalid_scope', { scope: 'a"b' }],
    ['invalid_target', { resource: 'https://evil.example/mcp' }],
  ])('400: %s for %j', async (error, form) => {
    const { ask, seen } = await machine()
    const answer = await ask(form)
    expect([answer.status, answer.json['error'], seen]).toEqual([400, error, []])
  })

  it('400: invalid_target when there are several services and none is named', async () => {
    const { ask } = await machine({}, [calculator, { ...calculator, id: 'mail' }])
    expect((await ask()).json['error']).toBe('invalid_target')
  })

  it('400: unauthorized_client for a client that is not one; 401 for a name without a proof', async () => {
    const { ask } = await machine({ grant_types: ['authorization_code'] })
    expect((await ask()).json['error']).toBe('unauthorized_client')
    const { made, client } = await machine({ token_endpoint_auth_method: 'none' })
    made.neighbours.clients.set(client.client_id, { client })
    const form = { grant_type: 'client_credentials', client_id: client.client_id }
    expect((await made.send('/oauth/token', { form })).status).toBe(401)
  })
})

describe('private_key_jwt (RFC 7523 §2.2)', () => {
  const assertion = { client_assertion: 'e30.e30.x', client_assertion_type: CLIENT_ASSERTION_TYPE }

  it.each(['/oauth/token', '/oauth/revoke', '/oauth/introspect', '/oauth/par'])(
    'is handed to the registry at %s, the client id being in it',
    async (path) => {
      const { made } = await machine()
      const seen: unknown[] = []
      made.neighbours.watch(authenticateClient.subject, (input) => seen.push(input))
      const form = { grant_type: 'client_credentials', token: 'x', ...assertion }
      const answer = await made.send(path, { form })
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client'])
      expect(seen).toEqual([{ method: 'private_key_jwt', client_assertion: 'e30.e30.x' }])
    },
  )

  it('401: with another type of assertion, or none', async () => {
    const { made } = await machine()
    for (const client_assertion_type of ['urn:ietf:params:oauth:client-assertion-type:saml2-bearer', '']) {
      const form = { grant_type: 'client_credentials', ...assertion, client_assertion_type }
      expect((await made.send('/oauth/token', { form })).json['error']).toBe('invalid_client')
    }
  })
})
