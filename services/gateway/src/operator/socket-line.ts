/** Over the socket of one running process. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { cloudEventSchema } from '@gateway/contracts'
import { type Operation, Refusal, Unavailable } from '@gateway/kernel'
import { CannotStart } from '@gateway/service'
import type { OperatorLine } from './line.ts'
import type { Answer, Opening } from './protocol.ts'

/** Undefined when nobody answers there. A conversation is a connection of its own. */
export async function socketLine(path: string): Promise<OperatorLine | undefined> {
  const probe = await connected(path)
  if (!probe) return undefined
  probe.destroy()
  return {
    operate: async (command, use) => {
      const talk = await Talk.open(path, { command: 'operate', ...command })
      try {
        await talk.next()
        return await use({ ask: (operation, input) => ask(talk, operation, input) })
      } finally {
        talk.close()
      }
    },
    async tail({ subject, since = null, follow }, onEvent) {
      const talk = await Talk.open(path, { command: 'audit.tail', subject, since, follow })
      for (let answer = await talk.next(); answer !== undefined; answer = await talk.next()) {
        const event = cloudEventSchema.safeParse('event' in answer ? answer.event : undefined)
        if (event.success) onEvent(event.data)
      }
    },
    close: async () => undefined,
  }
}

async function ask<Input, Output>(talk: Talk, operation: Operation<Input, Output>, input: Input): Promise<Output> {
  talk.say({ subject: operation.subject, input })
  const answer = await talk.next()
  if (!answer || !('output' in answer)) throw new Unavailable('gateway')
  return operation.output.parse(answer.output)
}

class Talk {
  readonly #socket: Socket
  readonly #lines: AsyncIterator<string>

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  }

  /** @throws CannotStart it stopped meanwhile */
  static async open(path: string, opening: Opening): Promise<Talk> {
    const socket = await connected(path)
    if (!socket) throw new CannotStart(`the gateway at ${path} has stopped`)
    const talk = new Talk(socket)
    talk.say(opening)
    return talk
  }

  say(line: unknown): void {
    this.#socket.write(`${JSON.stringify(line)}\n`)
  }

  /** Undefined when the other side has ended. @throws Refusal, Unavailable, CannotStart as it was answered */
  async next(): Promise<
    Exclude<Answer, { error: string } | { refused: string } | { unavailable: string }> | undefined
  > {
    const line = await this.#lines.next()
    if (line.done === true) return undefined
    const answer = JSON.parse(line.value) as Answer
    if ('error' in answer) throw new CannotStart(answer.error)
    if ('refused' in answer) throw new Refusal(answer.refused, answer.detail)
    if ('unavailable' in answer) throw new Unavailable(answer.unavailable)
    return answer
  }

  close(): void {
    this.#socket.destroy()
  }
}

async function connected(path: string): Promise<Socket | undefined> {
  const socket = createConnection(path)
  try {
    await once(socket, 'connect')
    socket.on('error', () => socket.destroy())
    return socket
  } catch {
    return undefined
  }
}
