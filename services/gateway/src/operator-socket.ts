/**
 * How the `gateway` command speaks with one running process: a Unix socket under `data_dir`, for its user alone (mode 0600).
 * One JSON line asks, JSON lines answer until either side ends: `{ "command": "audit.tail", "since": ms | null, "follow": true }`
 * is answered with `{ "event": … }` each.
 */
import { chmod, mkdir, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { StreamReader } from '@gateway/bus'
import type { Logger } from '@gateway/service'
import { type Tail, tailBus } from './audit-tail.ts'

/** Several processes may share a folder, as long as they do not share a port. */
export function operatorSocketPath(dataDir: string, port: number, cwd: string): string {
  return join(resolve(cwd, dataDir), `gateway-${port}.sock`)
}

export interface OperatorSocket {
  stop(): Promise<void>
}

/** What a client that does not read may leave unsent before it is cut off. */
const UNSENT_BYTES_MAX = 8 * 1024 ** 2
const REQUEST_BYTES_MAX = 64 * 1024

/** Undefined, with a warning, where it cannot be had: the gateway serves without it. */
export async function openOperatorSocket(
  path: string,
  bus: StreamReader,
  log: Logger,
): Promise<OperatorSocket | undefined> {
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    socket.on('error', () => socket.destroy())
    converse(socket, bus).catch((error: unknown) => {
      log.warn({ err: error }, 'an operator’s command failed')
      socket.end(`${JSON.stringify({ error: 'the command failed; the gateway’s log says why' })}\n`)
    })
  })
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    if (!(await isAnswered(path))) await rm(path, { force: true })
    await listenPrivately(server, path)
  } catch (error) {
    log.warn({ err: { message: (error as Error).message }, path }, 'the gateway command cannot reach this process')
    return undefined
  }
  return {
    async stop() {
      for (const socket of connections) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

/** A socket file that nobody answers was left behind by a process that was killed. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path)
    probe.once('error', () => resolve(false))
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
  })
}

/** The mask makes it private from its first moment; the mode is set once more for platforms that ignore the mask. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  const mask = process.umask(0o177)
  try {
    server.listen(path, listening.resolve)
  } finally {
    process.umask(mask)
  }
  await listening.promise
  server.off('error', listening.reject)
  await chmod(path, 0o600)
}

async function converse(socket: Socket, bus: StreamReader): Promise<void> {
  const request = await firstLine(socket)
  if (request === undefined) return
  // Read on, so that the end of the conversation is noticed.
  socket.resume()
  const answer = (value: unknown) => {
    socket.write(`${JSON.stringify(value)}\n`)
    if (socket.writableLength > UNSENT_BYTES_MAX) socket.destroy()
  }
  const tail = parseTail(request)
  if (!tail) {
    socket.end(`${JSON.stringify({ error: 'this gateway does not know the command: is it another version?' })}\n`)
    return
  }
  const told: Tail = await tailBus(bus, tail.since, (event) => answer({ event }))
  const stop = () => void told.stop()
  socket.once('close', stop)
  if (tail.follow) return
  await told.caughtUp
  socket.end()
}

async function firstLine(socket: Socket): Promise<string | undefined> {
  let bytes = 0
  socket.on('data', (chunk) => {
    bytes += chunk.length
    if (bytes > REQUEST_BYTES_MAX) socket.destroy()
  })
  for await (const line of createInterface({ input: socket })) return line
  return undefined
}

function parseTail(line: string): { readonly since: number | undefined; readonly follow: boolean } | undefined {
  try {
    const request = JSON.parse(line) as { command?: unknown; since?: unknown; follow?: unknown }
    if (request.command !== 'audit.tail') return undefined
    const since = typeof request.since === 'number' ? request.since : undefined
    return { since, follow: request.follow !== false }
  } catch {
    return undefined
  }
}
