/** `upstream.user_token`, from the sign-in to the backend: what arrives there is the user's token, and the identity provider takes it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOAuthClient } from '@gateway/testing'
import { expect, it, onTestFinished } from 'vitest'
import { startInProcess } from '../e2e/stack/in-process.ts'
import { callModern, obtainGrant } from '../e2e/wire.ts'

it('a backend that acts as the user gets a token that the identity provider knows, and never the client’s', async () => {
  const authorizations: string[] = []
  const backend = createServer((request, response) => {
    authorizations.push(request.headers.authorization ?? '')
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"result":{}}')
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/mcp`
  const stack = await startInProcess({ url, upstream: { user_token: true } })
  onTestFinished(async () => {
    await stack.stop()
    backend.closeAllConnections()
    backend.close()
  })
  const { accessToken } = await obtainGrant(stack, createOAuthClient(stack.issuer), 'Grace Hopper')
  for (const _ of [1, 2]) expect((await callModern(stack, accessToken, 'anything')).status).toBe(200)
  const [authorization = '', again] = authorizations
  expect(again).toBe(authorization)
  expect(authorization).not.toContain(accessToken)
  const metadata = await json(`${stack.provider}/.well-known/openid-configuration`)
  expect(await json(String(metadata['userinfo_endpoint']), { authorization })).toMatchObject({ sub: 'grace-hopper' })
  expect(stack.log()).not.toContain(authorization.slice('Bearer '.length))
})

async function json(url: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  return (await fetch(url, { headers })).json() as Promise<Record<string, unknown>>
}
