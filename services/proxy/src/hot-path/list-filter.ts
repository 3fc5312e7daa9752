/**
 * Between the backend and the exchange where a service shows its lists shortened: JSON is held until it is whole, events pass one
 * by one, each when its last byte is there. Nothing else of an answer is touched.
 */
import type { Dispatcher } from 'undici'
import { EventBlocks, withData } from '../domain/event-blocks.ts'
import { type May, shortened } from '../domain/listing.ts'
import { isEventStream } from './response-headers.ts'

/** The code of the error with which an answer ends that cannot be read to be shortened. */
export const ANSWER_UNREADABLE = 'ERR_ANSWER_UNREADABLE'

class AnswerUnreadable extends Error {
  readonly code = ANSWER_UNREADABLE
}

type Controller = Dispatcher.DispatchController
type Headers = Record<string, string | string[] | undefined>

/** What no longer holds of a body that is another one now (RFC 9530, RFC 9110 §8.8.3). */
const OF_THE_BODY = ['content-length', 'content-md5', 'digest', 'content-digest', 'repr-digest', 'etag']

export class ListFilter implements Dispatcher.DispatchHandler {
  readonly #to: Required<Pick<Dispatcher.DispatchHandler, HandlerMethod>>
  readonly #may: May
  readonly #bytesMax: number
  #events: EventBlocks | undefined
  #json: Buffer[] | undefined
  #jsonBytes = 0
  #head: { readonly status: number; readonly headers: Headers; readonly text?: string | undefined } | undefined

  /** `bytesMax`: of a JSON answer, or of one event. */
  constructor(to: Required<Pick<Dispatcher.DispatchHandler, HandlerMethod>>, may: May, bytesMax: number) {
    this.#to = to
    this.#may = may
    this.#bytesMax = bytesMax
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#to.onRequestStart(controller, context)
  }

  onResponseStart(controller: Controller, status: number, headers: Headers, text?: string): void {
    const isJson = /^application\/json *(?:;|$)/i.test(String(headers['content-type']))
    if (status !== 200 || !(isJson || isEventStream(headers))) {
      this.#to.onResponseStart(controller, status, headers, text)
      return
    }
    // It was asked for without; where it comes coded all the same, nobody has looked at it.
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
      controller.abort(new AnswerUnreadable('the backend codes what it was asked for without coding'))
      return
    }
    const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_BODY.includes(name)))
    if (isJson) {
      this.#json = []
      this.#head = { status, headers: kept, text }
    } else {
      this.#events = new EventBlocks()
      this.#to.onResponseStart(controller, status, kept, text)
    }
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#events !== undefined) {
      this.#pass(controller, this.#events.push(chunk))
      if (this.#events.pendingBytes > this.#bytesMax) controller.abort(new AnswerUnreadable('an event is too long'))
    } else if (this.#json !== undefined) {
      this.#json.push(chunk)
      this.#jsonBytes += chunk.length
      if (this.#jsonBytes > this.#bytesMax) controller.abort(new AnswerUnreadable('the list is too long'))
    } else this.#to.onResponseData(controller, chunk)
  }

  onResponseEnd(controller: Controller, trailers: Headers): void {
    if (this.#events !== undefined) {
      const rest = this.#events.rest()
      if (rest.length > 0) this.#pass(controller, [rest])
    } else if (this.#json !== undefined && this.#head !== undefined) {
      const whole = Buffer.concat(this.#json)
      const shorter = shortened(whole.toString(), this.#may)
      const body = shorter === undefined ? whole : Buffer.from(shorter)
      const { status, headers, text } = this.#head
      this.#to.onResponseStart(controller, status, { ...headers, 'content-length': String(body.length) }, text)
      if (body.length > 0) this.#to.onResponseData(controller, body)
    }
    this.#to.onResponseEnd(controller, trailers)
  }

  onResponseError(controller: Controller, error: Error): void {
    this.#to.onResponseError(controller, error)
  }

  #pass(controller: Controller, blocks: readonly Buffer[]): void {
    for (const block of blocks) {
      this.#to.onResponseData(
        controller,
        withData(block, (data) => shortened(data, this.#may)),
      )
    }
  }
}

type HandlerMethod = 'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError'
