/** Request and reply in one process: queue groups, deadlines, and errors that cross as they would over a network. */
import { type Clock, Refusal, Unavailable, unreadableIn } from '@gateway/kernel'
import { decode, encode } from '../json.ts'
import type { FailureListener, RequestContext, RequestHandler, Subscription } from '../ports.ts'
import { assertId, assertName, assertSubject, serviceOf } from '../subjects.ts'

/** A longer `setTimeout` fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

interface Member {
  readonly handler: RequestHandler
  readonly underWay: Set<Promise<void>>
}

interface Queue {
  readonly members: Member[]
  turn: number
}

export class Requests {
  readonly #clock: Clock
  readonly #onFailure: FailureListener
  readonly #queues = new Map<string, Map<string, Queue>>()
  readonly #waiting = new Set<(error: Unavailable) => void>()

  constructor(clock: Clock, onFailure: FailureListener) {
    this.#clock = clock
    this.#onFailure = onFailure
  }

  request(subject: string, data: unknown, context: RequestContext): Promise<unknown> {
    assertSubject(subject)
    assertId(context.requestId)
    const json = encode(data)
    const members = [...(this.#queues.get(subject)?.values() ?? [])].flatMap(nextOf)
    const timeoutMs = Math.min(context.deadline - this.#clock(), TIMER_MS_MAX)
    if (members.length === 0 || timeoutMs <= 0) throw new Unavailable(serviceOf(subject))
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const timer = setTimeout(() => reject(new Unavailable(serviceOf(subject))), timeoutMs)
    this.#waiting.add(reject)
    for (const member of members) this.#deliver(member, subject, json, context, resolve, reject)
    return promise.finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(reject)
    })
  }

  async serve(subject: string, queueName: string, handler: RequestHandler): Promise<Subscription> {
    assertSubject(subject)
    assertName(queueName)
    const queues = this.#queues.get(subject) ?? new Map<string, Queue>()
    const queue = queues.get(queueName) ?? { members: [], turn: 0 }
    this.#queues.set(subject, queues.set(queueName, queue))
    const member: Member = { handler, underWay: new Set() }
    queue.members.push(member)
    return {
      stop: async () => {
        const index = queue.members.indexOf(member)
        if (index >= 0) queue.members.splice(index, 1)
        await Promise.all(member.underWay)
      },
    }
  }

  close(): void {
    for (const reject of this.#waiting) reject(new Unavailable('bus'))
  }

  #deliver(
    member: Member,
    subject: string,
    json: string,
    context: RequestContext,
    resolve: (answer: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    const answering = this.#answer(member, json, context).then(
      (answer) => {
        if (answer !== undefined) resolve(decode(answer))
      },
      (error: unknown) => {
        reject(this.#toCaller(error, subject))
      },
    )
    member.underWay.add(answering)
    void answering.finally(() => member.underWay.delete(answering))
  }

  /** Undefined when it came too late: dropped, so that nothing is done that its caller has given up. */
  async #answer(member: Member, json: string, context: RequestContext): Promise<string | undefined> {
    await Promise.resolve()
    if (this.#clock() > context.deadline) return undefined
    const { requestId, deadline } = context
    return encode(await member.handler(decode(json), { requestId, deadline }))
  }

  #toCaller(error: unknown, subject: string): Error {
    if (error instanceof Refusal) {
      return new Refusal(error.code, decode(encode(error.detail)) as Refusal['detail'])
    }
    if (error instanceof Unavailable) {
      const unreadable = unreadableIn(error)
      if (unreadable) this.#onFailure(unreadable, { activity: 'serve', of: subject })
      return new Unavailable(error.dependency, { retryAfterSeconds: error.retryAfterSeconds })
    }
    this.#onFailure(error, { activity: 'serve', of: subject })
    return new Unavailable(serviceOf(subject))
  }
}

/** Every queue gets the request, one member of each, in turn. */
function nextOf(queue: Queue): readonly Member[] {
  const member = queue.members[queue.turn++ % queue.members.length]
  return member ? [member] : []
}
