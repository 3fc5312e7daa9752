/** For the tests of this package: a process that is none, and ports in a row. */
import { EventEmitter } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Host, runProcess } from '@gateway/service'
import { runCommandLine } from './cli.ts'

export interface FakeHost extends Host {
  readonly folder: string
  out(): string
  err(): string
  signal(name: 'SIGTERM' | 'SIGINT'): void
}

/** In an empty folder of its own. */
export function fakeHost(
  args: readonly string[],
  env: Record<string, string> = {},
  folder = emptyFolder(),
): FakeHost & { readonly exits: number[] } {
  const signals = new EventEmitter()
  const exits: number[] = []
  let out = ''
  let err = ''
  return {
    argv: ['node', 'gateway', ...args],
    env,
    folder,
    cwd: () => folder,
    stdin: {},
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    exit: (code) => exits.push(code),
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
    out: () => out,
    err: () => err,
    exits,
    signal: (name) => void signals.emit(name),
  }
}

export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'gateway-'))
}

/** Runs one command line to its end. */
export async function run(args: readonly string[], env: Record<string, string> = {}, folder?: string) {
  const host = fakeHost(args, env, folder)
  await runProcess(host, () => runCommandLine(host))
  return { out: host.out(), err: host.err(), code: host.exits[0] }
}

/** The first of three free ports in a row. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const port = await open(0)
    const free = await Promise.all([open(port + 1), open(port + 2)])
    if (free.every((got) => got > 0)) return port
  }
}

/** The port got, freed again; 0 when it is taken. */
function open(port: number): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(0))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
