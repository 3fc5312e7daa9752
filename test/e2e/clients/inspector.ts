/** The Inspector's command line: one process a method, its login kept in its home between two of them. */
import { visit } from './mcp-remote.ts'
import { type Program, startProgram } from './process.ts'
import type { McpSession, SignIn } from './session.ts'

export async function connectInspector(mcpUrl: string, signIn: SignIn): Promise<McpSession> {
  const run = (args: readonly string[]) => runInspector(mcpUrl, signIn, args)
  return {
    tools: async () =>
      ((await run(['--method', 'tools/list'])) as { tools: { name: string }[] }).tools.map((tool) => tool.name),
    async call(tool, args) {
      const json = ['--method', 'tools/call', '--tool-name', tool, '--tool-args-json', JSON.stringify(args)]
      const { content } = (await run(json)) as { content: { text: string }[] }
      return content[0]?.text ?? ''
    },
    close: async () => {},
  }
}

async function runInspector(mcpUrl: string, signIn: SignIn, args: readonly string[]): Promise<unknown> {
  const program = await startProgram('mcp-inspector', ['--cli', mcpUrl, '--transport', 'http', ...ALWAYS, ...args])
  try {
    const [url] = await program.said(AUTHORIZATION_URL)
    await visit(new URL(url), signIn)
    await program.exited
    return resultOf(program)
  } finally {
    await program.stop()
  }
}

export const ALWAYS = ['--protocol-era', 'auto', '--format', 'json'] as const
export const AUTHORIZATION_URL = /https?:\/\/\S+\/oauth\/authorize\?[^\s"]+(?=\s)/

export function resultOf(program: Program): unknown {
  const line = program
    .output()
    .split('\n')
    .find((text) => text.startsWith('{'))
  if (line === undefined) throw new Error(`the Inspector printed no result:\n${program.output()}`)
  const parsed = JSON.parse(line) as { result?: unknown }
  return parsed.result ?? parsed
}
