/** Three replicas of the proxy behind an edge without affinity: any of them serves the next request of anybody. */
import { createOAuthClient } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectSdkV1 } from './clients/sdk-v1.ts'
import { connectSdkV2 } from './clients/sdk-v2.ts'
import { journeyContract } from './journey.ts'
import { signInAs } from './sign-in.ts'
import { type FiveProcesses, startFiveProcesses } from './stack/five-processes.ts'
import { callModern, obtainGrant } from './wire.ts'

const THREE = { replicas: { proxy: 3 } }

journeyContract('through three proxies', () => startFiveProcesses('', THREE))

describe('three proxies', () => {
  let stack: FiveProcesses
  beforeAll(async () => {
    stack = await startFiveProcesses('', {
      ...THREE,
      service: 'filter_lists: true, tools: { multiply: { groups: [analysts] }, count: { groups: [engineers] } }',
    })
  })
  afterAll(() => stack?.stop())

  it('judge groups and shorten lists alike, over NATS', async () => {
    for (const [person, tools, refused] of [
      ['Ada Lovelace', ['add', 'multiply', 'whoami'], 'count'],
      ['Grace Hopper', ['add', 'count', 'whoami'], 'multiply'],
    ] as const) {
      const session = await connectSdkV2('auto')(stack.mcpUrl, signInAs(person))
      for (let i = 0; i < 6; i++) expect((await session.tools()).toSorted()).toEqual(tools)
      await session.close()
      const { accessToken } = await obtainGrant(stack, createOAuthClient(stack.issuer), person)
      for (let i = 0; i < 6; i++) expect((await callModern(stack, accessToken, refused)).status).toBe(403)
    }
  })

  it.each([
    ['the official SDK v1, with a session', connectSdkV1],
    ['the official SDK v2, with a session', connectSdkV2('legacy')],
    ['the official SDK v2, without one', connectSdkV2({ pin: '2026-07-28' })],
  ])('lose one in mid-conversation, and the conversation goes on: %s', async (_who, connect) => {
    const session = await connect(stack.mcpUrl, signInAs('Ada Lovelace'))
    const sums = async (count: number) => {
      for (let i = 0; i < count; i++) expect(await session.call('add', { a: i, b: 1 })).toContain(String(i + 1))
    }
    await sums(3)
    const [proxy] = stack.services.proxy
    if (proxy === undefined) throw new Error('there are three')
    await proxy.kill('SIGKILL')
    try {
      await sums(9)
    } finally {
      await session.close()
      await proxy.restart()
      await stack.ready()
    }
  })
})
