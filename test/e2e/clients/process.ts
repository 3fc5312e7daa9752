/** Clients that are programs: started with a home of their own, their output read until something is said. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@gateway/testing'

const BIN = new URL('../../../node_modules/.bin/', import.meta.url).pathname

export interface Program {
  readonly child: ChildProcess
  readonly home: string
  /** All that the program has printed so far, on both streams. */
  output(): string
  /** Resolves with the match as soon as the output holds one. */
  said(pattern: RegExp): Promise<RegExpMatchArray>
  exited: Promise<number | null>
  stop(): Promise<void>
}

/** The environment of a program without a browser and without anything of this machine's user. */
export function programEnv(home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${BIN}:${process.env.PATH}`,
    HOME: home,
    BROWSER: 'true',
    DISPLAY: '',
    CI: '',
    MCP_AUTO_OPEN_ENABLED: 'true',
    // What it holds lasts from one start to the next.
    MCP_INSPECTOR_SECRET_STORE: 'file',
  }
}

const TIMEOUT_MS = 30_000

/** The Inspector's own is 6276 for every start: two files of tests at a time would answer each other's logins. */
const callbackPort = freePort()

/** `home`: of an earlier start, and kept at the end; absent: an empty one, for this start alone. */
export async function startProgram(command: string, args: readonly string[], kept?: string): Promise<Program> {
  const home = kept ?? (await mkdtemp(join(tmpdir(), 'gateway-client-')))
  const env = { ...programEnv(home), MCP_OAUTH_CALLBACK_URL: `http://127.0.0.1:${await callbackPort}/oauth/callback` }
  const child = spawn(join(BIN, command), args, { cwd: home, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let printed = ''
  child.stdout?.on('data', (chunk) => (printed += String(chunk)))
  child.stderr?.on('data', (chunk) => (printed += String(chunk)))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return {
    child,
    home,
    exited,
    output: () => printed,
    async said(pattern) {
      const until = Date.now() + TIMEOUT_MS
      while (Date.now() < until) {
        const match = printed.match(pattern)
        if (match) return match
        if (child.exitCode !== null) break
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`${command} did not say ${pattern}:\n${printed}`)
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
      if (kept === undefined) await rm(home, { recursive: true, force: true })
    },
  }
}
