import { revokeToken } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { setStage } from '../test-support/stage.ts'

async function stage() {
  const made = await setStage(await testDeps())
  onTestFinished(() => made.close())
  return made
}

describe('POST /oauth/revoke', () => {
  it('200: hands the token on, whatever it is (RFC 7009 §2.2)', async () => {
    const made = await stage()
    const form = { client_id: made.client.client_id, token: 'unknown', token_type_hint: 'access_token' }
    const answer = await made.send('/oauth/revoke', { form })
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect(made.neighbours.revoked).toEqual(['unknown'])
  })

  it('400: invalid_request without a token, or as JSON', async () => {
    const made = await stage()
    const missing = await made.send('/oauth/revoke', { form: { client_id: made.client.client_id } })
    expect([missing.status, missing.json['error']]).toEqual([400, 'invalid_request'])
    const headers = { 'content-type': 'application/json' }
    expect((await made.send('/oauth/revoke', { body: '{}', headers })).status).toBe(400)
  })

  it('401: invalid_client for who is not one of ours, and nothing is revoked', async () => {
    const made = await stage()
    const answer = await made.send('/oauth/revoke', { form: { client_id: 'unknown', token: 'x' } })
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client'])
    expect(made.neighbours.revoked).toEqual([])
  })

  it('503: while the token-issuer is away (RFC 7009 §2.2.1)', async () => {
    const made = await stage()
    made.neighbours.replace(revokeToken, async () => {
      throw new Unavailable('token-issuer', { retryAfterSeconds: 3 })
    })
    const answer = await made.send('/oauth/revoke', { form: { client_id: made.client.client_id, token: 'x' } })
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '3'])
  })
})
