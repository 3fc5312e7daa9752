/** A person and a confidential client, through every part at once: pushed request, session, tokens told, and all taken back. */
import { createBrowser, createOAuthClient } from '@gateway/testing'
import { expect, it, onTestFinished } from 'vitest'
import { startInProcess } from '../e2e/stack/in-process.ts'
import { REDIRECT } from '../e2e/wire.ts'

async function connected() {
  const stack = await startInProcess()
  onTestFinished(() => stack.stop())
  const client = createOAuthClient(stack.issuer)
  const { body } = await client.register({
    client_name: 'Connected app',
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', 'refresh_token'],
  })
  const proof = { client_id: String(body['client_id']), client_secret: String(body['client_secret']) }
  const browser = createBrowser({ stopAt: REDIRECT })
  const wanted = {
    client_id: proof.client_id,
    redirect_uri: REDIRECT,
    resource: stack.mcpUrl,
    scope: 'openid email read',
  }
  const open = async () => {
    const request = client.authorization(wanted)
    const pushed = await client.push(request, proof)
    expect(pushed.status).toBe(201)
    const query = new URLSearchParams({ client_id: proof.client_id, request_uri: String(pushed.body['request_uri']) })
    return { ...request, page: await browser.open(`${stack.issuer}/oauth/authorize?${query.toString()}`) }
  }
  const redeem = (url: URL, code_verifier: string) =>
    client.exchange({ ...proof, code: url.searchParams.get('code') ?? '', code_verifier, redirect_uri: REDIRECT })
  const first = await open()
  const provider = await browser.submit(first.page, { button: { name: 'decision', value: 'approve' } })
  const person = provider.forms.flatMap((form) => form.buttons).find(({ text }) => text.includes('Ada Lovelace'))
  const back = await browser.submit(provider, { button: person?.text })
  const tokens = await redeem(back.url, first.verifier)
  return { stack, client, registration: body, proof, browser, open, redeem, tokens: tokens.body }
}

it('signs in once, connects twice, sees it on the account page, and takes everything back', async () => {
  const { stack, client, proof, browser, open, redeem, tokens } = await connected()
  const accessToken = String(tokens['access_token'])
  const about = { ...proof, token: accessToken }
  expect((await client.introspect(about)).body).toMatchObject({ active: true, aud: stack.mcpUrl, token_type: 'Bearer' })
  expect((await client.userinfo(accessToken)).body).toMatchObject({ email: 'ada@demo.example', email_verified: true })

  const second = await open()
  expect(second.page.text).toContain('Ada Lovelace')
  const back = await browser.submit(second.page, { button: { name: 'decision', value: 'approve' } })
  expect(back.trail.every((url) => new URL(url).origin === stack.issuer)).toBe(true)
  const again = await redeem(back.url, second.verifier)
  expect(again.status).toBe(200)

  const account = await browser.open(`${stack.issuer}/account`)
  expect(account.text).toContain('Connected app uses Calculator · 2 connections')
  const after = await browser.submit(account, { button: 'Disconnect' })
  expect(after.text).toContain('No app is connected.')
  expect((await client.introspect(about)).body).toEqual({ active: false })
  expect((await client.userinfo(accessToken)).status).toBe(401)
  const refreshed = await client.refresh({ ...proof, refresh_token: String(again.body['refresh_token']) })
  expect(refreshed.body['error']).toBe('invalid_grant')
  await browser.submit(after, { button: 'Sign out' })
  expect((await browser.open(`${stack.issuer}/account`)).text).not.toContain('Ada Lovelace')
})

it('lets a client read and delete its registration, after which it is nobody (RFC 7592, pain-3)', async () => {
  const { client, registration, proof } = await connected()
  const uri = String(registration['registration_client_uri'])
  const headers = { authorization: `Bearer ${String(registration['registration_access_token'])}` }
  expect((await fetch(uri, { headers })).status).toBe(200)
  expect((await fetch(uri, { headers, method: 'DELETE' })).status).toBe(204)
  expect((await fetch(uri, { headers })).status).toBe(401)
  const refused = await client.refresh({ ...proof, refresh_token: 'x' })
  expect([refused.status, refused.body['error']]).toEqual([401, 'invalid_client'])
})
