/** Clients that come back: programs with one home for many starts, so that what an earlier start was given is used by later ones. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@gateway/testing'
import { ALWAYS, AUTHORIZATION_URL, resultOf } from './inspector.ts'
import { connectMcpRemote, visit } from './mcp-remote.ts'
import { startProgram } from './process.ts'
import type { SignIn } from './session.ts'

export interface ReturningClient {
  /** Each in a start of its own. */
  tools(): Promise<readonly string[]>
  call(tool: string, args: Record<string, unknown>): Promise<string>
  /** The authorizations that a person was sent to, in order. */
  readonly asked: readonly URL[]
  /** What it holds at the moment. */
  accessToken(): Promise<string>
  close(): Promise<void>
}

export type ComeBack = (mcpUrl: string, signIn: SignIn) => Promise<ReturningClient>

/** `scopes`: what it is set up to ask for at first; a list of its own is all that keeps it from asking for everything. */
export const inspector: ComeBack = async (mcpUrl, signIn) => {
  const { home, asked, see, close } = await returning('gateway-inspector-', signIn)
  const server = { type: 'streamable-http', url: mcpUrl, oauth: { scopes: 'read' } }
  await writeFile(join(home, 'mcp.json'), JSON.stringify({ mcpServers: { calculator: server } }))
  const callback = `http://127.0.0.1:${await freePort()}/oauth/callback`
  const run = async (...args: string[]) => {
    const own = ['--cli', '--config', join(home, 'mcp.json'), '--server', 'calculator', '--callback-url', callback]
    const program = await startProgram('mcp-inspector', [...own, ...ALWAYS, ...args], home)
    const seen = new Set<string>()
    program.child.stderr?.on('data', (chunk: Buffer) => {
      if (String(chunk).includes('[y/N]')) program.child.stdin?.write('y\n')
    })
    const watch = setInterval(() => {
      const url = AUTHORIZATION_URL.exec(program.output())?.[0]
      if (url === undefined || seen.has(url)) return
      seen.add(url)
      void visit(new URL(url), see)
    }, 50)
    await program.exited
    clearInterval(watch)
    return resultOf(program)
  }
  return {
    asked,
    close,
    tools: async () =>
      ((await run('--method', 'tools/list')) as { tools: { name: string }[] }).tools.map(({ name }) => name),
    async call(tool, args) {
      const json = ['--tool-name', tool, '--tool-args-json', JSON.stringify(args)]
      return ((await run('--method', 'tools/call', ...json)) as { content: { text: string }[] }).content[0]?.text ?? ''
    },
    async accessToken() {
      const { secrets } = JSON.parse(await readFile(join(home, '.mcp-inspector/secrets.json'), 'utf8')) as {
        secrets: Record<string, string>
      }
      const [, tokens = '{}'] = Object.entries(secrets).find(([name]) => name.includes(':tokens:')) ?? []
      return String((JSON.parse(tokens) as { access_token?: string }).access_token)
    },
  }
}

export const mcpRemote: ComeBack = async (mcpUrl, signIn) => {
  const { home, asked, see, close } = await returning('gateway-mcp-remote-', signIn)
  const within = async <Result>(work: (session: Awaited<ReturnType<typeof connectMcpRemote>>) => Promise<Result>) => {
    const session = await connectMcpRemote(mcpUrl, see, home)
    try {
      return await work(session)
    } finally {
      await session.close()
    }
  }
  return {
    asked,
    close,
    tools: () => within((session) => session.tools()),
    call: (tool, args) => within((session) => session.call(tool, args)),
    async accessToken() {
      const file = (await readdir(home, { recursive: true })).find((name) => name.endsWith('_tokens.json')) ?? ''
      return String((JSON.parse(await readFile(join(home, file), 'utf8')) as { access_token?: string }).access_token)
    },
  }
}

async function returning(prefix: string, signIn: SignIn) {
  const home = await mkdtemp(join(tmpdir(), prefix))
  const asked: URL[] = []
  const see: SignIn = (url, redirectUri) => {
    asked.push(url)
    return signIn(url, redirectUri)
  }
  return { home, asked, see, close: () => rm(home, { recursive: true, force: true }) }
}
