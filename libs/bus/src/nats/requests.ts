/** Request and reply: `request` for whoever asks, `serve` for one replica of whoever answers. */
import { type Clock, Refusal, Unavailable, unreadableIn } from '@gateway/kernel'
import type { Msg, Subscription as NatsSubscription } from 'nats'
import { decode, encode } from '../json.ts'
import type { AskContext, FailureListener, RequestContext, RequestHandler, Subscription } from '../ports.ts'
import { assertId, assertName, assertSubject, serviceOf } from '../subjects.ts'
import type { Connection } from './connection.ts'
import { fromDriver } from './errors.ts'
import { type ReplyInbox, Unanswered } from './reply-inbox.ts'
import { type Answer, contextOf, errorAnswer, patienceOf, readAnswer, requestHeaders, workingSign } from './wire.ts'

export async function request(
  inbox: ReplyInbox,
  clock: Clock,
  subject: string,
  data: unknown,
  context: AskContext,
): Promise<unknown> {
  assertSubject(subject)
  assertId(context.requestId)
  const timeoutMs = context.deadline - clock()
  if (timeoutMs <= 0) throw new Unavailable(serviceOf(subject))
  try {
    const answer = await inbox.ask({
      subject,
      payload: encode(data),
      timeoutMs,
      headers: () => requestHeaders(context, clock()),
      askAgainAfterMs: context.askAgainAfterMs,
    })
    return readAnswer(answer, subject)
  } catch (error) {
    if (error instanceof Unanswered) throw new Unavailable(serviceOf(subject), { cause: error })
    throw error
  }
}

export interface Serving {
  readonly connection: Connection
  readonly clock: Clock
  readonly onFailure: FailureListener
}

export class Service implements Subscription {
  readonly #deps: Serving
  readonly #subject: string
  readonly #handler: RequestHandler
  readonly #subscription: NatsSubscription
  readonly #underWay = new Set<Promise<void>>()

  constructor(deps: Serving, subject: string, queue: string, handler: RequestHandler) {
    assertSubject(subject)
    assertName(queue)
    this.#deps = deps
    this.#subject = subject
    this.#handler = handler
    this.#subscription = deps.connection.nc.subscribe(subject, {
      queue,
      callback: (error, message) => {
        if (error) this.#report(fromDriver(error))
        else this.#accept(message)
      },
    })
  }

  /** Draining the connection would not wait for handlers, and their answers would be lost: hence this order. */
  async stop(): Promise<void> {
    const { connection } = this.#deps
    if (connection.status() === 'up') await this.#subscription.drain().catch(() => undefined)
    else this.#subscription.unsubscribe()
    await Promise.all(this.#underWay)
    await connection.flush()
  }

  #accept(message: Msg): void {
    const context = contextOf(message, this.#deps.clock)
    const { beginBy, signEveryMs } = patienceOf(message, context.deadline)
    // Its caller has given up, or asked somebody else: doing it now would repeat what has been done meanwhile.
    if (this.#deps.clock() > beginBy) return
    const signs = signEveryMs === undefined ? undefined : setInterval(() => this.#sign(message), signEveryMs)
    const answering = this.#answer(message, context)
    this.#underWay.add(answering)
    void answering.finally(() => {
      clearInterval(signs)
      this.#underWay.delete(answering)
    })
  }

  /** Whoever asked goes on waiting for this replica as long as it hears that it lives. */
  #sign(message: Msg): void {
    if (this.#deps.connection.status() === 'up') respond(message, workingSign())
  }

  async #answer(message: Msg, context: RequestContext): Promise<void> {
    let answer: Answer
    try {
      answer = { body: encode(await this.#handler(decode(message.string()), context)) }
    } catch (error) {
      const unexpected = error instanceof Refusal || error instanceof Unavailable ? unreadableIn(error) : error
      if (unexpected !== undefined) this.#report(unexpected)
      answer = errorAnswer(error)
    }
    try {
      respond(message, answer)
    } catch (error) {
      // Too large for the server, or the connection is closed: at least the caller need not wait, where it still can hear.
      this.#report(fromDriver(error))
      if (this.#deps.connection.status() === 'up') respond(message, errorAnswer(error))
    }
  }

  #report(error: unknown): void {
    this.#deps.onFailure(error, { activity: 'serve', of: this.#subject })
  }
}

function respond(message: Msg, answer: Answer): void {
  message.respond(answer.body, answer.headers ? { headers: answer.headers } : {})
}
