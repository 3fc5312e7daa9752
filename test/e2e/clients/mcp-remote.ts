/** `mcp-remote`: a stdio server towards its host, an OAuth client towards the gateway. Spoken to with the official SDK. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { programEnv } from './process.ts'
import { type McpSession, type SignIn, textOf } from './session.ts'

/** `kept`: the home of an earlier session, for a later one; absent: an empty one, for this session alone. */
export async function connectMcpRemote(mcpUrl: string, signIn: SignIn, kept?: string): Promise<McpSession> {
  const home = kept ?? (await mkdtemp(join(tmpdir(), 'gateway-mcp-remote-')))
  const env = Object.fromEntries(
    Object.entries(programEnv(home)).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  const command = new URL('../../../node_modules/.bin/mcp-remote', import.meta.url).pathname
  const transport = new StdioClientTransport({ command, args: [mcpUrl, '--allow-http'], env, stderr: 'pipe' })
  let printed = ''
  const visited = new Set<string>()
  transport.stderr?.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
    for (const [url] of printed.matchAll(/https?:\/\/\S+\/oauth\/authorize\?\S+(?=\s)/g)) {
      if (visited.has(url)) continue
      visited.add(url)
      void visit(new URL(url), signIn)
    }
  })
  const client = new Client({ name: 'journey-mcp-remote', version: '1.0.0' })
  await client.connect(transport).catch((error: unknown) => {
    throw new Error(`mcp-remote did not connect:\n${printed}`, { cause: error })
  })
  return {
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args) => textOf(await client.callTool({ name, arguments: args })),
    async close() {
      await client.close()
      if (kept === undefined) await rm(home, { recursive: true, force: true })
    },
  }
}

/** Signs in and delivers the redirect to the program's own loopback listener, as a browser would. */
export async function visit(authorizationUrl: URL, signIn: SignIn): Promise<void> {
  const redirect = await signIn(authorizationUrl, authorizationUrl.searchParams.get('redirect_uri') ?? '')
  await deliver(redirect)
}

/** Some begin to listen only after they have said where to go, as long as nobody is that fast. */
async function deliver(redirect: URL): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await fetch(redirect)
      return
    } catch (error) {
      if (attempt === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
