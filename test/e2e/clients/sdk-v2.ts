/** The official TypeScript SDK, second line: legacy, probing and pinned to the stateless era. */
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client'
import { memoryProvider, REDIRECT_URI } from './memory-provider.ts'
import { type ConnectClient, textOf } from './session.ts'

export type EraMode = 'legacy' | 'auto' | { pin: string }

export function connectSdkV2(mode: EraMode): ConnectClient {
  return async (mcpUrl, signIn) => {
    const memory = memoryProvider()
    const url = new URL(mcpUrl)
    const transportOf = () => new StreamableHTTPClientTransport(url, { authProvider: memory.provider })
    const newClient = () => new Client({ name: 'journey-v2', version: '1.0.0' }, { versionNegotiation: { mode } })
    const first = transportOf()
    const refused = await newClient()
      .connect(first)
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    if (!isUnauthorized(refused)) throw new Error(`expected to be asked to authorize, got ${String(refused)}`)
    const redirect = await signIn(memory.authorizationUrl(), REDIRECT_URI)
    await first.finishAuth(redirect.searchParams)
    const client = newClient()
    await client.connect(transportOf())
    return {
      tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
      call: async (name, args) => textOf(await client.callTool({ name, arguments: args })),
      close: () => client.close(),
    }
  }
}

/** While probing, the SDK wraps what the transport threw. */
function isUnauthorized(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof UnauthorizedError) return true
  return false
}
