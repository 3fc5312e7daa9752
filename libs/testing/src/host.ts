/** A process that is none: what it is given, what it wrote, how it ended. */
import { EventEmitter } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Host } from '@gateway/service'

export interface FakeHost extends Host {
  readonly out: () => string
  readonly err: () => string
  readonly exits: number[]
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGHUP'): void
}

/** In an empty folder of its own, unless told otherwise. */
export function fakeHost(
  args: readonly string[],
  env: Record<string, string> = {},
  folder: string = emptyFolder(),
): FakeHost {
  const signals = new EventEmitter()
  const exits: number[] = []
  let out = ''
  let err = ''
  return {
    argv: ['node', 'main.ts', ...args],
    env,
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
