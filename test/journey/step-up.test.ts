/** Step-up authorization (protocol.md 1.3, step 14) with the official SDKs: a tool takes a scope that the session lacks (pain-18). */
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError as UnauthorizedV2,
} from '@modelcontextprotocol/client'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type MemoryProvider, memoryProvider, REDIRECT_URI } from '../e2e/clients/memory-provider.ts'
import { textOf } from '../e2e/clients/session.ts'
import { signInAs } from '../e2e/sign-in.ts'
import { startInProcess } from '../e2e/stack/in-process.ts'

const RULES = { default_scopes: ['read'], tools: { multiply: ['calculate'] } }
const MULTIPLY = { name: 'multiply', arguments: { a: 6, b: 7 } }

async function stackWithRules() {
  const stack = await startInProcess(RULES)
  onTestFinished(() => stack.stop())
  return { url: new URL(stack.mcpUrl), signIn: signInAs('Ada Lovelace') }
}

/** What the SDK throws when a person has to decide; the client goes on after that. */
async function refusalOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
}

function scopesAskedFor(memory: MemoryProvider): readonly string[] {
  return (memory.authorizationUrl().searchParams.get('scope') ?? '').split(' ')
}

describe('a tool that takes a scope the session lacks', () => {
  /** With a refresh token this line tries that first, which cannot widen anything, and gives up: so it declares none. */
  it('leads SDK v1 through a second authorization, after which the call succeeds and nothing is lost', async () => {
    const { url, signIn } = await stackWithRules()
    const memory = memoryProvider()
    const tokens = () => {
      const { refresh_token: _, ...held } = memory.tokens() ?? { refresh_token: '' }
      return memory.tokens() && (held as never)
    }
    const provider = Object.assign(Object.create(memory.provider) as typeof memory.provider, { tokens })
    const transportOf = () => new StreamableHTTPClientTransport(url, { authProvider: provider })
    const first = transportOf()
    const connect = (transport: StreamableHTTPClientTransport) => {
      const client = new Client({ name: 'step-up-v1', version: '1.0.0' })
      return client.connect(transport).then(() => client)
    }
    expect(await refusalOf(connect(first))).toBeInstanceOf(UnauthorizedError)
    await first.finishAuth((await signIn(memory.authorizationUrl(), REDIRECT_URI)).searchParams.get('code') ?? '')

    const second = transportOf()
    const client = await connect(second)
    expect(await refusalOf(client.callTool(MULTIPLY))).toBeInstanceOf(UnauthorizedError)
    expect(scopesAskedFor(memory)).toEqual(expect.arrayContaining(['read', 'calculate']))
    await second.finishAuth((await signIn(memory.authorizationUrl(), REDIRECT_URI)).searchParams.get('code') ?? '')

    expect(textOf(await client.callTool(MULTIPLY))).toContain('42')
    expect((await client.listTools()).tools.length).toBeGreaterThan(0)
    await client.close()
  })

  it.each([['legacy'], ['auto']] as const)('leads SDK v2 (%s) there too, by its own union of scopes', async (mode) => {
    const { url, signIn } = await stackWithRules()
    const memory = memoryProvider()
    const transportOf = () => new TransportV2(url, { authProvider: memory.provider })
    const connect = (transport: TransportV2) => {
      const client = new ClientV2({ name: 'step-up-v2', version: '1.0.0' }, { versionNegotiation: { mode } })
      return client.connect(transport).then(() => client)
    }
    const first = transportOf()
    expect(isUnauthorized(await refusalOf(connect(first)))).toBe(true)
    await first.finishAuth((await signIn(memory.authorizationUrl(), REDIRECT_URI)).searchParams)

    const second = transportOf()
    const client = await connect(second)
    expect(isUnauthorized(await refusalOf(client.callTool(MULTIPLY)))).toBe(true)
    expect(scopesAskedFor(memory)).toEqual(expect.arrayContaining(['read', 'calculate']))
    await second.finishAuth((await signIn(memory.authorizationUrl(), REDIRECT_URI)).searchParams)

    expect(textOf(await client.callTool(MULTIPLY))).toContain('42')
    await client.close()
  })
})

function isUnauthorized(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof UnauthorizedV2) return true
  return false
}
