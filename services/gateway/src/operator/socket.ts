/**
 * How one running process hears the `gateway` command: a Unix socket under `data_dir`, for its user alone (mode 0600).
 * Only what operators may ask is forwarded (`operatorOperations`), and nothing that could not be recorded first.
 */
import { chmod, mkdir, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { operatorOperations } from '@gateway/contracts'
import { type Clock, Refusal, Unavailable } from '@gateway/kernel'
import type { Logger } from '@gateway/service'
import { beginCommand, type OperatorBus, tailBus } from './bus-line.ts'
import type { Asking } from './line.ts'
import { type Answer, type Opening, openingSchema, questionSchema } from './protocol.ts'

export interface OperatorSocket {
  stop(): Promise<void>
}

/** What a client that does not read may leave unsent before it is cut off. */
const UNSENT_BYTES_MAX = 8 * 1024 ** 2
/** Of one line. */
const REQUEST_BYTES_MAX = 64 * 1024
const UNKNOWN: Answer = { error: 'this gateway does not know the command: is it another version?' }

/** Undefined, with a warning, where it cannot be had: the gateway serves without it. */
export async function openOperatorSocket(path: string, deps: SocketDeps): Promise<OperatorSocket | undefined> {
  const { log } = deps
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    socket.on('error', () => socket.destroy())
    converse(new Conversation(socket), deps).catch((error: unknown) => {
      if (!(error instanceof Unavailable)) log.warn({ err: error }, 'an operator’s command failed')
      socket.end(`${JSON.stringify(failure(error))}\n`)
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

/** Lines in, lines out, both bounded. */
class Conversation {
  readonly #socket: Socket
  readonly #lines: AsyncIterator<string>
  #bytes = 0

  constructor(socket: Socket) {
    this.#socket = socket
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]()
    socket.on('data', (chunk) => {
      this.#bytes += chunk.length
      if (this.#bytes > REQUEST_BYTES_MAX) socket.destroy()
    })
  }

  /** The next line as JSON: undefined when it is none, `'end'` when there is no more. */
  async next(): Promise<unknown> {
    const line = await this.#lines.next()
    this.#bytes = 0
    if (line.done === true) return 'end'
    try {
      return JSON.parse(line.value)
    } catch {
      return undefined
    }
  }

  /** Whoever does not read is cut off. */
  say(answer: Answer): void {
    this.#socket.write(`${JSON.stringify(answer)}\n`)
    if (this.#socket.writableLength > UNSENT_BYTES_MAX) this.#socket.destroy()
  }

  onClose(listener: () => void): void {
    this.#socket.once('close', listener)
  }

  end(): void {
    this.#socket.end()
  }
}

interface SocketDeps {
  readonly bus: OperatorBus
  readonly clock: Clock
  readonly log: Logger
}

async function converse(talk: Conversation, deps: SocketDeps): Promise<void> {
  const first = await talk.next()
  if (first === 'end') return
  const opening = openingSchema.safeParse(first)
  if (!opening.success) {
    talk.say(UNKNOWN)
    talk.end()
  } else if (opening.data.command === 'audit.tail') await tellEvents(talk, deps, opening.data)
  else await answerQuestions(talk, await beginCommand(deps.bus, deps.clock, opening.data))
}

async function tellEvents(
  talk: Conversation,
  { bus, log }: SocketDeps,
  { subject, since, follow }: Extract<Opening, { command: 'audit.tail' }>,
): Promise<void> {
  const tail = await tailBus(bus, log, { subject, since: since ?? undefined }, (event) => talk.say({ event }))
  talk.onClose(() => void tail.stop())
  // Read on, so that the end of the conversation is noticed.
  if (follow) await talk.next()
  else await tail.caughtUp
  talk.end()
}

async function answerQuestions(talk: Conversation, asking: Asking): Promise<void> {
  talk.say({ ready: true })
  for (;;) {
    const question = await talk.next()
    if (question === 'end') return
    talk.say(await answerTo(question, asking))
  }
}

async function answerTo(line: unknown, asking: Asking): Promise<Answer> {
  const question = questionSchema.safeParse(line)
  const operation = operatorOperations.find(({ subject }) => subject === question.data?.subject)
  if (!operation) return UNKNOWN
  try {
    return { output: await asking.ask(operation, question.data?.input) }
  } catch (error) {
    if (error instanceof Refusal || error instanceof Unavailable) return failure(error)
    throw error
  }
}

function failure(error: unknown): Answer {
  if (error instanceof Refusal) return { refused: error.code, detail: error.detail }
  if (error instanceof Unavailable) return { unavailable: error.dependency }
  return { error: 'the command failed; the gateway’s log says why' }
}
