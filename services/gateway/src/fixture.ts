/** For the tests of this package: a process that is none. */
import { EventEmitter } from 'node:events'
import { mkdtempSync } from 'node:fs'
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
