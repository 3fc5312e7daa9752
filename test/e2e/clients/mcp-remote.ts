/** `mcp-remote`: a stdio server towards its host, an OAuth client towards the gateway. Spoken to with the official SDK. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { programEnv } from './process.ts'
import { type McpSession, type SignIn, textOf } from './session.ts'

export async function connectMcpRemote(mcpUrl: string, signIn: SignIn): Promise<McpSession> {
  const home = await mkdtemp(join(tmpdir(), 'gateway-mcp-remote-'))
  const env = Object.fromEntries(
    Object.entries(programEnv(home)).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  const command = new URL('../../../node_modules/.bin/mcp-remote', import.meta.url).pathname
  const transport = new StdioClientTransport({ command, args: [mcpUrl, '--allow-http'], env, stderr: 'pipe' })
  let printed = ''
  let asked = false
  transport.stderr?.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
    const url = printed.match(/https?:\/\/\S+\/oauth\/authorize\?\S+/)?.[0]
    if (!url || asked) return
    asked = true
    void visit(new URL(url), signIn)
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
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Signs in and delivers the redirect to the program's own loopback listener, as a browser would. */
export async function visit(authorizationUrl: URL, signIn: SignIn): Promise<void> {
  const redirect = await signIn(authorizationUrl, authorizationUrl.searchParams.get('redirect_uri') ?? '')
  await fetch(redirect)
}
