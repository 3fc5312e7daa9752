/** The journey without any server of its own: seconds, for every change. */
import { createOAuthClient } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectSdkV1 } from '../e2e/clients/sdk-v1.ts'
import { connectSdkV2 } from '../e2e/clients/sdk-v2.ts'
import { signInAs } from '../e2e/sign-in.ts'
import { startInProcess } from '../e2e/stack/in-process.ts'
import { callModern, obtainGrant, wireContract } from '../e2e/wire.ts'

wireContract('inside one test', startInProcess)

describe('the whole gateway inside one test', () => {
  it.each([
    ['v1', connectSdkV1],
    ['v2', connectSdkV2('auto')],
  ])('serves the official SDK %s', async (_, connect) => {
    const stack = await startInProcess()
    onTestFinished(() => stack.stop())
    const session = await connect(stack.mcpUrl, signInAs('Ada Lovelace'))
    expect(await session.call('multiply', { a: 6, b: 7 })).toContain('42')
    await session.close()
  })

  it('logs no token, code, verifier or address of a person, at the most talkative level', async () => {
    const stack = await startInProcess()
    onTestFinished(() => stack.stop())
    const client = createOAuthClient(stack.issuer)
    const grant = await obtainGrant(stack, client)
    await callModern(stack, grant.accessToken, 'whoami')
    await client.refresh({ client_id: grant.clientId, refresh_token: `${grant.refreshToken}x` })
    await client.revoke({ client_id: grant.clientId, token: grant.refreshToken })
    const log = stack.log()
    expect(log).toContain('refused')
    for (const secret of [grant.accessToken, grant.refreshToken, grant.code, grant.verifier, 'ada@', 'Ada Lovelace']) {
      expect(log).not.toContain(secret)
    }
  })
})
