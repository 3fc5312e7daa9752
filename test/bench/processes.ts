/** Programs of the measurement, each pinned to one core, ended with it; and what they have cost. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const children: ChildProcess[] = []
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

export function installed(program: string): boolean {
  return spawnSync('which', [program]).status === 0
}

export interface Pinned {
  /** One, or a range. */
  readonly core: number | string
  readonly command: readonly string[]
}

export function start({ core, command }: Pinned): ChildProcess {
  const child = spawn('taskset', ['-c', String(core), ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return child
}

/** A program of ours, which prints `port <n>` once it listens. */
export async function startNode(
  core: Pinned['core'],
  file: string,
  args: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): Promise<Started> {
  const flags = [...nodeFlags, ...(process.env.BENCH_NODE_FLAGS?.split(' ').filter((flag) => flag !== '') ?? [])]
  const path = new URL(file, import.meta.url).pathname
  const child = start({ core, command: [process.execPath, ...flags, path, ...args] })
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const port = /^port (\d+)$/.exec(line)?.[1]
    if (port !== undefined) return { child, port: Number(port) }
  }
  throw new Error(`${file} ended before it listened`)
}

export interface Started {
  readonly child: ChildProcess
  readonly port: number
}

/** A program that listens on `port` when it feels like it. */
export async function startForeign(core: number, command: readonly string[], port: number): Promise<Started> {
  const child = start({ core, command })
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await answers(port)) return { child, port }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${command.join(' ')} does not listen on ${port}`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(() => resolve(true)))
    socket.on('error', () => resolve(false))
  })
}

const TICKS_PER_SECOND = 100

/** CPU seconds that a process has used so far, user and system (proc(5), fields 14 and 15). */
export function cpuSeconds(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
