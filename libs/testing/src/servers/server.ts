/** A server process of the tests' own: a free port, a folder of its own, killed and restarted at will, gone with the test process. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Found } from './locate.ts'
import { freePort } from './ports.ts'

export interface TestServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Where it was found. */
  readonly from: string
  /** False when the environment named a running server: it is shared, holds others' data, and cannot be killed or restarted. */
  readonly ours: boolean
  /** SIGKILL unless told otherwise. Resolves when the process is gone; at once for SIGSTOP and SIGCONT. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Ends it if it still runs, and starts it again on the same port with the same folder. */
  restart(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** Where one server lives. `bind` is the address to listen on: in a container, all of them. */
interface Place {
  readonly bind: string
  readonly port: number
  readonly folder: string
}

export interface Plan {
  readonly name: string
  readonly args: (place: Place) => readonly string[]
  /** Writes what the server reads at its start. */
  readonly prepare?: (place: Place) => Promise<void>
  readonly env?: Readonly<Record<string, string>>
  /** Whether it serves; asked every few milliseconds. Throwing means not yet. */
  readonly ready: (port: number) => Promise<boolean>
}

export type Startable = Exclude<Found, { kind: 'address' }>

const START_TIMEOUT_MS = 15_000
const POLL_MS = 10
const ATTEMPTS = 3

/** @throws when it ends, or does not serve within 15 s: with the last lines that it printed */
export async function startServer(found: Startable, plan: Plan): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), `gateway-${plan.name}-`))
  for (let attempt = 1; ; attempt++) {
    const place = { bind: found.kind === 'container' ? '0.0.0.0' : '127.0.0.1', port: await freePort(), folder }
    await plan.prepare?.(place)
    const server = new ServerProcess(found, plan, place)
    try {
      await server.start()
      return server
    } catch (error) {
      // Somebody else may have taken the port between our look and the start: another one, then.
      await server.kill()
      if (attempt < ATTEMPTS) continue
      await server.stop()
      throw error
    }
  }
}

class ServerProcess implements TestServer {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly from: string
  readonly ours = true
  readonly #found: Startable
  readonly #plan: Plan
  readonly #place: Place
  readonly #container: string
  #child: ChildProcess | undefined
  #frozen = false
  #output = ''

  constructor(found: Startable, plan: Plan, place: Place) {
    this.#found = found
    this.#plan = plan
    this.#place = place
    this.port = place.port
    this.from = found.from
    this.#container = `gateway-${plan.name}-${process.pid}-${place.port}`
  }

  async start(): Promise<void> {
    const [command, ...args] = this.#commandLine()
    this.#frozen = false
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: this.#environment() })
    this.#child = child
    this.#output = ''
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-2_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => keep(Buffer.from(error.message)))
    running.add(this)
    const deadline = Date.now() + START_TIMEOUT_MS
    while (!(await this.#plan.ready(this.port).catch(() => false))) {
      if (hasEnded(child)) throw new Error(`${this.#plan.name} ended at its start:\n${this.#output}`)
      if (Date.now() > deadline) throw new Error(`${this.#plan.name} does not answer:\n${this.#output}`)
      await pause(POLL_MS)
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (!child || hasEnded(child)) return
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') {
      this.signal(signal)
      return
    }
    const gone = once(child, 'exit')
    // A stopped process takes no notice of anything but SIGKILL, and must not wake up before that.
    if (this.#frozen && signal !== 'SIGKILL') this.signal('SIGCONT')
    this.signal(signal)
    await gone
  }

  async restart(): Promise<void> {
    await this.kill('SIGTERM')
    await this.start()
  }

  async stop(): Promise<void> {
    await this.kill()
    running.delete(this)
    // A child that a killed redis-server had forked may write for a moment more.
    await rm(this.#place.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** What `stop` does, as far as it can be done while this process exits. */
  abandon(): void {
    this.signal('SIGKILL')
    rmSync(this.#place.folder, { recursive: true, force: true })
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGSTOP') this.#frozen = true
    if (signal === 'SIGCONT') this.#frozen = false
    if (this.#found.kind === 'binary') {
      this.#child?.kill(signal)
      return
    }
    const verb = signal === 'SIGSTOP' ? ['pause'] : signal === 'SIGCONT' ? ['unpause'] : ['kill', '--signal', signal]
    execFileSync('docker', [...verb, this.#container], { stdio: 'ignore' })
  }

  #commandLine(): [string, ...string[]] {
    const { folder, port } = this.#place
    const args = this.#plan.args(this.#place)
    if (this.#found.kind === 'binary') return [this.#found.path, ...args]
    const env = Object.entries(this.#plan.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`])
    const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`
    const options = ['--rm', '--name', this.#container, '--user', owner, '--volume', `${folder}:${folder}`, ...env]
    const publish = ['--publish', `127.0.0.1:${port}:${port}`, '--entrypoint', this.#found.binary]
    return ['docker', 'run', ...options, ...publish, this.#found.image, ...args]
  }

  #environment(): NodeJS.ProcessEnv {
    if (this.#found.kind === 'container') return process.env
    return { PATH: process.env.PATH, HOME: this.#place.folder, ...this.#found.env, ...this.#plan.env }
  }
}

const running = new Set<ServerProcess>()
process.on('exit', () => {
  for (const server of running) {
    try {
      server.abandon()
    } catch {
      // It had ended already.
    }
  }
})

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
