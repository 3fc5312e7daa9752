/** What is told of tokens: to their clients (introspection) and of their users (userinfo). */
import { checkUser, introspectToken } from '@gateway/contracts'
import { Refusal, Unavailable } from '@gateway/kernel'
import { testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { obtainCode, redeem } from '../test-support/journey.ts'
import { profile } from '../test-support/neighbours.ts'
import { clientOf, setStage } from '../test-support/stage.ts'

async function granted(scope = 'openid profile email read') {
  const made = await setStage(await testDeps())
  onTestFinished(() => made.close())
  const { json } = await redeem(made, await obtainCode(made, { scope }))
  const client = clientOf({ token_endpoint_auth_method: 'client_secret_post' })
  made.neighbours.clients.set(client.client_id, { client, secret: 's' })
  return { made, token: String(json['access_token']), proof: { client_id: client.client_id, client_secret: 's' } }
}

describe('POST /oauth/introspect (RFC 7662)', () => {
  it('200: what the token-issuer says, to a client that proves itself, never stored or read by another origin', async () => {
    const { made, proof } = await granted()
    made.neighbours.replace(introspectToken, async ({ token, client_id }) => ({
      active: true as const,
      iss: 'i',
      sub: 's',
      aud: token,
      client_id,
      scope: 'read',
      exp: 2,
      iat: 1,
    }))
    const answer = await made.send('/oauth/introspect', { form: { ...proof, token: 'tok' } })
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(answer.json).toMatchObject({ active: true, aud: 'tok', client_id: proof.client_id })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  it('200: active false, and nothing else, for a token of another client (§2.2)', async () => {
    const { made, token, proof } = await granted()
    const answer = await made.send('/oauth/introspect', { form: { ...proof, token } })
    expect([answer.status, answer.json]).toEqual([200, { active: false }])
  })

  it.each<[number, string, Record<string, string>]>([
    [401, 'invalid_client', { client_id: 'public', token: 'x' }],
    [401, 'invalid_client', { token: 'x' }],
    [400, 'invalid_request', { client_id: 'public' }],
  ])('%i: %s for %j', async (status, error, form) => {
    const { made } = await granted()
    const client_id = form['client_id'] === undefined ? {} : { client_id: made.client.client_id }
    const answer = await made.send('/oauth/introspect', { form: { ...form, ...client_id } })
    expect([answer.status, answer.json['error']]).toEqual([status, error])
  })
})

describe('/oauth/userinfo (OpenID Connect Core §5.3)', () => {
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

  it('200: sub, and what the scopes let be told, by GET and POST, header and form', async () => {
    const { made, token } = await granted()
    const { sub, name, email } = profile
    const form = { access_token: token }
    for (const request of [bearer(token), { ...bearer(token), method: 'POST' }, { form }]) {
      const answer = await made.send('/oauth/userinfo', request)
      expect([answer.status, answer.json]).toEqual([200, { sub, name, email }])
      expect(answer.headers['cache-control']).toBe('no-store')
    }
    const other = await granted('openid')
    expect((await other.made.send('/oauth/userinfo', bearer(other.token))).json).toEqual({ sub })
  })

  it('403: without the scope openid', async () => {
    const { made, token } = await granted('read')
    const answer = await made.send('/oauth/userinfo', bearer(token))
    expect([answer.status, answer.json['error']]).toEqual([403, 'insufficient_scope'])
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="oauth", error="insufficient_scope", scope="openid"')
  })

  it('401: no token, with a challenge that names no error (RFC 6750 §3.1); and never one in the query (R9)', async () => {
    const { made, token } = await granted()
    for (const path of ['/oauth/userinfo', `/oauth/userinfo?access_token=${token}`]) {
      const answer = await made.send(path)
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="oauth"'])
    }
  })

  it('400: a token in the header and one in the form (RFC 6750 §2)', async () => {
    const { made, token } = await granted()
    for (const authorization of [`Bearer ${token}`, 'Basic YTpi']) {
      const both = { form: { access_token: token }, headers: { authorization } }
      const answer = await made.send('/oauth/userinfo', both)
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request'])
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="oauth", error="invalid_request"')
    }
  })

  it('401: invalid_token for what is not one, is revoked, or of somebody who must sign in again', async () => {
    const { made, token } = await granted()
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { client_id: made.client.client_id, sub: profile.sub, scope: 'openid email', auth_time: 1, exp: 9e9 }
    // Advisory: internal identity read from an unverified JWT.
    const forged = [part({ alg: 'none' }), part({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })].map(
      (header) => `${header}.${part(claims)}.x`,
    )
    for (const wrong of ['x', 'a.b.c', ...forged, `${token}x`]) {
      const answer = await made.send('/oauth/userinfo', bearer(wrong))
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_token'])
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="oauth", error="invalid_token"')
    }
    made.neighbours.replace(checkUser, async () => {
      throw new Refusal('sign_in_required')
    })
    expect((await made.send('/oauth/userinfo', bearer(token))).status).toBe(401)
  })

  it('503: never invalid_token while a part is away (protocol 5.18)', async () => {
    const { made, token } = await granted()
    made.neighbours.replace(introspectToken, async () => {
      throw new Unavailable('token-issuer')
    })
    const answer = await made.send('/oauth/userinfo', bearer(token))
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([503, undefined])
  })
})
