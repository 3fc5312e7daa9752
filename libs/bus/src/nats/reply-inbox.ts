/**
 * One subscription for the answers to everything this process asks: requests, appends, publications. Cheaper than the
 * driver's own (which makes a deferred, a timer and a stack for each), and it fails at once when the connection is lost.
 */
import { Unavailable } from '@gateway/kernel'
import { createInbox, type Msg, type MsgHdrs } from 'nats'
import type { Connection } from './connection.ts'
import { denied, fromDriver } from './errors.ts'
import { isWorkingSign } from './wire.ts'

interface Waiting {
  readonly subject: string
  readonly timer: NodeJS.Timeout
  /** Runs out when nothing is heard: then the same is asked again. */
  readonly silence: NodeJS.Timeout | undefined
  readonly resolve: (answer: Msg) => void
  readonly reject: (error: Error) => void
}

/** A longer `setTimeout` fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1
const NO_RESPONDERS = 503

/** Why no answer came. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered'
  readonly reason: 'nobody serves it' | 'no answer in time' | 'the connection was lost'

  constructor(reason: Unanswered['reason']) {
    super(reason)
    this.reason = reason
  }
}

export interface Question {
  readonly subject: string
  readonly payload: string
  readonly timeoutMs: number
  /** Made anew each time it is asked. */
  readonly headers?: () => MsgHdrs
  /** Asked again, under the same reply subject, whenever nothing has been heard for so long; the first answer counts. */
  readonly askAgainAfterMs?: number | undefined
}

export class ReplyInbox {
  readonly #connection: Connection
  readonly #prefix: string
  readonly #waiting = new Map<string, Waiting>()
  #counter = 0

  constructor(connection: Connection, inboxPrefix: string | undefined) {
    this.#connection = connection
    this.#prefix = `${createInbox(inboxPrefix)}.`
    connection.nc.subscribe(`${this.#prefix}*`, {
      callback: (error, message) => {
        if (!error) this.#settle(message)
      },
    })
    connection.listen({
      onDown: () => this.#failAll(new Unanswered('the connection was lost')),
      onDenied: (subject) => this.#deny(subject),
    })
  }

  /** @throws Unanswered, Unavailable when not connected, TypeError, Misconfigured */
  async ask(question: Question): Promise<Msg> {
    this.#connection.assertUp()
    const token = (this.#counter++).toString(36)
    const { promise, resolve, reject } = Promise.withResolvers<Msg>()
    const { subject, timeoutMs, askAgainAfterMs } = question
    const timer = setTimeout(
      () => this.#fail(token, new Unanswered('no answer in time')),
      Math.min(timeoutMs, TIMER_MS_MAX),
    )
    const isShort = askAgainAfterMs !== undefined && askAgainAfterMs < timeoutMs
    const silence = isShort ? setInterval(() => this.#send(token, question), askAgainAfterMs) : undefined
    this.#waiting.set(token, { subject, timer, silence, resolve, reject })
    this.#send(token, question)
    return promise
  }

  close(): void {
    this.#failAll(new Unavailable('bus', { cause: new Error('the bus is closed') }))
  }

  #send(token: string, { subject, payload, headers }: Question): void {
    try {
      const reply = this.#prefix + token
      this.#connection.nc.publish(subject, payload, headers ? { reply, headers: headers() } : { reply })
    } catch (error) {
      this.#fail(token, fromDriver(error))
    }
  }

  #settle(message: Msg): void {
    const token = message.subject.slice(this.#prefix.length)
    if (isWorkingSign(message)) {
      this.#waiting.get(token)?.silence?.refresh()
      return
    }
    const nobody = message.headers?.code === NO_RESPONDERS && message.data.length === 0
    if (nobody) {
      this.#fail(token, new Unanswered('nobody serves it'))
      return
    }
    this.#take(token)?.resolve(message)
  }

  #take(token: string): Waiting | undefined {
    const waiting = this.#waiting.get(token)
    if (!waiting) return undefined
    clearTimeout(waiting.timer)
    clearInterval(waiting.silence)
    this.#waiting.delete(token)
    return waiting
  }

  #fail(token: string, error: Error): void {
    this.#take(token)?.reject(error)
  }

  #failAll(error: Error): void {
    for (const token of this.#waiting.keys()) this.#fail(token, error)
  }

  #deny(subject: string): void {
    for (const [token, waiting] of this.#waiting) if (waiting.subject === subject) this.#fail(token, denied(subject))
  }
}
