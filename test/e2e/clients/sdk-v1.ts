/** The official TypeScript SDK, first line: legacy protocol eras. */
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { memoryProvider, REDIRECT_URI } from './memory-provider.ts'
import { type McpSession, type SignIn, textOf } from './session.ts'

export async function connectSdkV1(mcpUrl: string, signIn: SignIn): Promise<McpSession> {
  const memory = memoryProvider()
  const url = new URL(mcpUrl)
  const transportOf = () => new StreamableHTTPClientTransport(url, { authProvider: memory.provider })
  const newClient = () => new Client({ name: 'journey-v1', version: '1.0.0' })
  const first = transportOf()
  const refused = await newClient()
    .connect(first)
    .then(
      () => undefined,
      (error: unknown) => error,
    )
  if (!(refused instanceof UnauthorizedError))
    throw new Error(`expected to be asked to authorize, got ${String(refused)}`)
  const redirect = await signIn(memory.authorizationUrl(), REDIRECT_URI)
  await first.finishAuth(redirect.searchParams.get('code') ?? '')
  const client = newClient()
  await client.connect(transportOf())
  return {
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args) => textOf(await client.callTool({ name, arguments: args })),
    close: () => client.close(),
  }
}
