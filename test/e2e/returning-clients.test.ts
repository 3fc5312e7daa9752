/** What programs that nobody here wrote do with what they hold from before: widen it, renew it, or notice that it is gone. */
import { call } from '@gateway/bus'
import { removeClient } from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import { claimsOf, createOAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type ComeBack, inspector, mcpRemote } from './clients/returning.ts'
import { signInAs } from './sign-in.ts'
import { type InProcess, startInProcess } from './stack/in-process.ts'
import { callMcp } from './wire.ts'

const CLIENTS: Readonly<Record<string, ComeBack>> = { 'mcp-remote': mcpRemote, 'the Inspector': inspector }
const RULES = { default_scopes: ['read'], tools: { multiply: ['calculate'] } }

let stack: InProcess
beforeAll(async () => {
  stack = await startInProcess(RULES)
})
afterAll(() => stack.stop())

async function comeBack(start: ComeBack) {
  const client = await start(stack.mcpUrl, signInAs('Ada Lovelace'))
  onTestFinished(() => client.close())
  expect(await client.tools()).toContain('multiply')
  expect(client.asked.length).toBe(1)
  return client
}

const scopesOf = (url: URL | undefined) => (url?.searchParams.get('scope') ?? '').split(' ')
const clientOf = (url: URL | undefined) => url?.searchParams.get('client_id') ?? ''

describe.each(Object.entries(CLIENTS))('%s', (_, start) => {
  it('is led to a wider authorization by a tool that takes it, and the call succeeds (pain-18)', async () => {
    const client = await comeBack(start)
    expect(scopesOf(client.asked[0])).not.toContain('calculate')
    expect(await client.call('multiply', { a: 6, b: 7 })).toContain('42')
    expect(client.asked.length).toBe(2)
    expect(scopesOf(client.asked[1])).toEqual(expect.arrayContaining(['read', 'calculate']))
    expect(await client.call('add', { a: 2, b: 3 })).toContain('5')
    expect(client.asked.length).toBe(2)
  })

  it('renews an access token that is refused, and asks nobody (pain-2)', async () => {
    const client = await comeBack(start)
    const before = await client.accessToken()
    const revoked = { client_id: clientOf(client.asked[0]), token: before }
    expect((await createOAuthClient(stack.issuer).revoke(revoked)).status).toBe(200)
    await refused(before)
    expect(await client.tools()).toContain('add')
    expect(client.asked.length).toBe(1)
    const after = claimsOf(await client.accessToken())
    expect(after['jti']).not.toBe(claimsOf(before)['jti'])
    expect(after['sid']).toBe(claimsOf(before)['sid'])
  })

  it('registers anew when an operator has deleted its registration (pain-3)', async () => {
    const client = await comeBack(start)
    const gone = clientOf(client.asked[0])
    await call(stack.bus, removeClient, { client_id: gone }, { requestId: newId(), now: Date.now() })
    await refused(await client.accessToken())
    expect(await client.tools()).toContain('add')
    expect(clientOf(client.asked.at(-1))).not.toBe(gone)
    expect(claimsOf(await client.accessToken())['client_id']).toBe(clientOf(client.asked.at(-1)))
  })
})

/** At the proxy, which hears of it in a moment. */
async function refused(token: string): Promise<void> {
  await vi.waitFor(async () => expect((await callMcp(stack, token)).status).toBe(401))
}
