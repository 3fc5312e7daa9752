/** Operating-system processes of the gateway, started as their users start them, their log kept for the failure message. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export const ROOT = new URL('../../../', import.meta.url).pathname

export interface Process {
  readonly name: string
  pid(): number
  log(): string
  /** Resolves when the log has a match; rejects when the process ends first or `timeoutMs` have passed. */
  says(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>
  /** SIGTERM unless told otherwise. Resolves when the process is gone; at once for SIGSTOP and SIGCONT. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Whether it has not ended. */
  alive(): boolean
  /** The exit code, once it has ended. */
  exited(): Promise<number | null>
  /** The same command again. */
  restart(): Promise<void>
}

/** What a crashed test leaves behind, or one of which nothing was run, ends with its process. */
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

export function startProcess(
  name: string,
  script: string,
  args: readonly string[],
  options: { readonly env: Record<string, string>; readonly cwd: string; readonly root?: string },
): Process {
  let log = ''
  let child = run()

  function run(): ChildProcess {
    const started = spawn(process.execPath, [`${options.root ?? ROOT}${script}`, ...args], {
      cwd: options.cwd,
      env: { PATH: process.env['PATH'] ?? '', HOME: options.cwd, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.add(started)
    started.once('exit', () => children.delete(started))
    started.stdout?.on('data', (chunk) => (log += String(chunk)))
    started.stderr?.on('data', (chunk) => (log += String(chunk)))
    return started
  }

  const alive = () => child.exitCode === null && child.signalCode === null

  async function kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!alive()) return
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') {
      child.kill(signal)
      return
    }
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }

  return {
    name,
    pid: () => child.pid ?? 0,
    log: () => log,
    async says(pattern, timeoutMs = 20_000) {
      const until = Date.now() + timeoutMs
      while (Date.now() < until) {
        const match = log.match(pattern)
        if (match) return match
        if (child.exitCode !== null) break
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
      throw new Error(`${name} did not say ${pattern}:\n${log}`)
    },
    kill,
    alive,
    async exited() {
      const ending = child
      if (ending.exitCode === null && ending.signalCode === null) await once(ending, 'exit')
      return ending.exitCode
    },
    async restart() {
      await kill('SIGKILL')
      child = run()
    },
  }
}

/** Polls until the address answers 200. */
export async function answers(url: string, timeoutMs = 30_000): Promise<void> {
  const until = Date.now() + timeoutMs
  let last: unknown
  while (Date.now() < until) {
    try {
      const response = await fetch(url)
      if (response.status === 200) return
      last = response.status
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} did not answer 200`, { cause: last })
}
