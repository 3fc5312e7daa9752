/** One round of load: wrk, pinned, with a fixed number of connections, and what it saw. */

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { start } from './processes.ts'

/** The body of every POST. */
export const CALL =
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1234567,"b":89}}}'

export interface Load {
  /** One, or a range. */
  readonly core: number | string
  readonly connections: number
  readonly seconds: number
  readonly script: string
}

export interface Round {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** `call` is the body of the POST, `token` the bearer of each. */
export function writeScript(file: string, call: string, token: string): void {
  writeFileSync(
    file,
    `wrk.method = "POST"
wrk.body = '${call}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
wrk.headers["MCP-Protocol-Version"] = "2025-06-18"
wrk.headers["Authorization"] = "Bearer ${token}"
`,
  )
}

/** @throws when a single answer was no success: a figure of refusals is worth nothing. */
export async function measure(load: Load, url: string): Promise<Round> {
  const options = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--latency', '-s', load.script]
  const child = start({ core: load.core, command: ['wrk', ...options, url] })
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(child, 'close')
  const report = Buffer.concat(chunks).toString()
  if (/Non-2xx|Socket errors/.test(report)) throw new Error(`${url} did not answer everything:\n${report}`)
  return {
    requestsPerSecond: Number(/Requests\/sec: *([\d.]+)/.exec(report)?.[1]),
    p50Ms: milliseconds(/50% *([\d.]+\w+)/.exec(report)?.[1]),
    p99Ms: milliseconds(/99% *([\d.]+\w+)/.exec(report)?.[1]),
  }
}

function milliseconds(text = ''): number {
  const [, amount, unit] = /^([\d.]+)(us|ms|s)$/.exec(text) ?? []
  return Number(amount) * (unit === 'us' ? 0.001 : unit === 's' ? 1_000 : 1)
}
