/** A rule that names groups, from the identity provider's word to the proxy's refusal: who is in one may call, who is not may not. */
import { createOAuthClient } from '@gateway/testing'
import { expect, it, onTestFinished } from 'vitest'
import { startInProcess } from '../e2e/stack/in-process.ts'
import { callModern, obtainGrant } from '../e2e/wire.ts'

it('a tool for some groups is called by their people alone, whose tokens name no other group', async () => {
  const stack = await startInProcess({ tools: { whoami: { groups: ['analysts', 'auditors'] } } })
  onTestFinished(() => stack.stop())
  const tokenOf = async (person: string) =>
    (await obtainGrant(stack, createOAuthClient(stack.issuer), person)).accessToken
  const [ada, grace] = [await tokenOf('Ada Lovelace'), await tokenOf('Grace Hopper')]
  expect((await callModern(stack, ada, 'whoami')).status).toBe(200)
  const refused = await callModern(stack, grace, 'whoami')
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([403, null])
  expect(await refused.json()).toMatchObject({ error: 'access_denied' })
  expect([groupsIn(ada), groupsIn(grace)]).toEqual([['analysts'], []])
})

function groupsIn(token: string): unknown {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
  return claims['groups']
}
