/** The journey of a client nobody here wrote, told once and run against every form of the gateway. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectInspector } from './clients/inspector.ts'
import { connectMcpRemote } from './clients/mcp-remote.ts'
import { connectSdkV1 } from './clients/sdk-v1.ts'
import { connectSdkV2 } from './clients/sdk-v2.ts'
import type { ConnectClient } from './clients/session.ts'
import { signInAs } from './sign-in.ts'
import type { Stack } from './stack/stack.ts'

const CLIENTS: Readonly<Record<string, ConnectClient>> = {
  'the official SDK v1': connectSdkV1,
  'the official SDK v2, legacy': connectSdkV2('legacy'),
  'the official SDK v2, probing': connectSdkV2('auto'),
  'the official SDK v2, pinned to 2026-07-28': connectSdkV2({ pin: '2026-07-28' }),
  'mcp-remote': connectMcpRemote,
  "the Inspector's command line": connectInspector,
}

export function journeyContract(name: string, start: () => Promise<Stack>): void {
  describe(`the journey, ${name}`, () => {
    let stack: Stack
    beforeAll(async () => {
      stack = await start()
    })
    afterAll(() => stack?.stop())

    it.each(Object.entries(CLIENTS))('%s discovers, registers, signs in and calls tools', async (_, connect) => {
      const session = await connect(stack.mcpUrl, signInAs('Ada Lovelace'))
      try {
        expect(await session.tools()).toEqual(expect.arrayContaining(['add', 'multiply', 'count', 'whoami']))
        expect(await session.call('add', { a: 2, b: 3 })).toContain('5')
        expect(await session.call('whoami', {})).toContain('Ada Lovelace')
      } finally {
        await session.close()
      }
    })
  })
}
