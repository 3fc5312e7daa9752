import { readClient, registerClient } from '@gateway/contracts'
import { Refusal } from '@gateway/kernel'
import { testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { setStage } from '../test-support/stage.ts'

const METADATA = { redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'none' }
const JSON_TYPE = { 'content-type': 'application/json' }

async function registered() {
  const made = await setStage(await testDeps())
  onTestFinished(() => made.close())
  const { json } = await made.send('/oauth/register', { body: JSON.stringify(METADATA), headers: JSON_TYPE })
  const token = String(json['registration_access_token'])
  const path = `/oauth/register/${String(json['client_id'])}`
  const send = (method: string, body?: unknown, shown = token) =>
    made.send(path, {
      method,
      headers: { authorization: `Bearer ${shown}`, ...(body === undefined ? {} : JSON_TYPE) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return { made, json, path, send }
}

describe('/oauth/register/{client_id} (RFC 7592)', () => {
  it('GET, 200: what is registered, never stored', async () => {
    const { json, send } = await registered()
    const answer = await send('GET')
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(answer.json).toMatchObject({ client_id: json['client_id'], ...METADATA })
  })

  it('PUT, 200: what is registered now', async () => {
    const { send } = await registered()
    const answer = await send('PUT', { ...METADATA, client_name: 'New name' })
    expect([answer.status, answer.json['client_name']]).toEqual([200, 'New name'])
    expect((await send('GET')).json['client_name']).toBe('New name')
  })

  it.each([
    ['invalid_redirect_uri', { redirect_uris: ['javascript:alert(1)'] }],
    ['invalid_client_metadata', []],
  ])('PUT, 400: %s for %j', async (error, body) => {
    const { send } = await registered()
    const answer = await send('PUT', body)
    expect([answer.status, answer.json['error']]).toEqual([400, error])
  })

  it('DELETE, 204: and then the token opens nothing', async () => {
    const { send } = await registered()
    const answer = await send('DELETE')
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect((await send('GET')).status).toBe(401)
  })

  it('401: with another token or none, for every method, with a challenge', async () => {
    const { made, path, send } = await registered()
    for (const [method, body] of [['GET'], ['PUT', METADATA], ['DELETE']] as const) {
      for (const shown of ['wrong', '']) {
        const answer = await send(method, body, shown)
        expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_token'])
        expect(answer.headers['www-authenticate']).toBe('Bearer realm="oauth", error="invalid_token"')
      }
    }
    expect((await made.send(`${path}?access_token=manage`)).status).toBe(401)
    expect((await made.audited('audit.client.refused'))[0]?.data.reason).toBe('registration_access_token_invalid')
  })

  it('405: for other methods, with those that there are', async () => {
    const { made, path } = await registered()
    const answer = await made.send(path, { method: 'POST' })
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, PUT, DELETE, OPTIONS'])
  })

  it('503: while the registry is away, and its refusals leave with their status', async () => {
    const { made, send } = await registered()
    made.neighbours.replace(readClient, async () => {
      throw new Refusal('registration_limit')
    })
    const answer = await send('GET')
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '3600'])
  })
})

describe('POST /oauth/register where the operator restricts it', () => {
  it.each([
    [403, 'access_denied', 'registration_closed'],
    [401, 'invalid_token', 'initial_access_token_invalid'],
  ])('%i: %s for %s; an initial access token is handed on', async (status, error, code) => {
    const { made } = await registered()
    const seen: unknown[] = []
    made.neighbours.replace(registerClient, async ({ initial_access_token }) => {
      seen.push(initial_access_token)
      throw new Refusal(code)
    })
    const headers = { ...JSON_TYPE, authorization: 'Bearer initial-token' }
    const answer = await made.send('/oauth/register', { body: JSON.stringify(METADATA), headers })
    expect([answer.status, answer.json['error'], seen]).toEqual([status, error, ['initial-token']])
  })
})
