/**
 * Between the backend and the exchange where a service shows its lists shortened: JSON is held until it is whole, events pass one
 * by one, each when its last byte is there. Nothing else of an answer is touched.
 */
import { EventBlocks, withData } from '../domain/event-blocks.ts'
import { type May, shortened } from '../domain/listing.ts'
import type { UpstreamControl, UpstreamHandler, UpstreamHeaders } from '../upstream/client.ts'
import { isEventStream } from './response-headers.ts'

/** The code of the error with which an answer ends that cannot be read to be shortened. */
export const ANSWER_UNREADABLE = 'ERR_ANSWER_UNREADABLE'

class AnswerUnreadable extends Error {
  readonly code = ANSWER_UNREADABLE
}

/** What no longer holds of a body that is another one now (RFC 9530, RFC 9110 §8.8.3). */
const OF_THE_BODY = ['content-length', 'content-md5', 'digest', 'content-digest', 'repr-digest', 'etag']

export class ListFilter implements UpstreamHandler {
  readonly #to: UpstreamHandler
  readonly #may: May
  readonly #bytesMax: number
  #events: EventBlocks | undefined
  #json: Buffer[] | undefined
  #jsonBytes = 0
  #head: { readonly status: number; readonly headers: UpstreamHeaders } | undefined

  /** `bytesMax`: of a JSON answer, or of one event. */
  constructor(to: UpstreamHandler, may: May, bytesMax: number) {
    this.#to = to
    this.#may = may
    this.#bytesMax = bytesMax
  }

  onRequestStart(control: UpstreamControl): void {
    this.#to.onRequestStart(control)
  }

  onResponseStart(control: UpstreamControl, status: number, headers: UpstreamHeaders): void {
    const isJson = /^application\/json *(?:;|$)/i.test(String(headers['content-type']))
    if (status !== 200 || !(isJson || isEventStream(headers))) {
      this.#to.onResponseStart(control, status, headers)
      return
    }
    // It was asked for without; where it comes coded all the same, nobody has looked at it.
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
      control.abort(new AnswerUnreadable('the backend codes what it was asked for without coding'))
      return
    }
    const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_BODY.includes(name)))
    if (isJson) {
      this.#json = []
      this.#head = { status, headers: kept }
    } else {
      this.#events = new EventBlocks()
      this.#to.onResponseStart(control, status, kept)
    }
  }

  onResponseData(control: UpstreamControl, chunk: Buffer): void {
    if (this.#events !== undefined) {
      this.#pass(control, this.#events.push(chunk))
      if (this.#events.pendingBytes > this.#bytesMax) control.abort(new AnswerUnreadable('an event is too long'))
    } else if (this.#json !== undefined) {
      this.#json.push(chunk)
      this.#jsonBytes += chunk.length
      if (this.#jsonBytes > this.#bytesMax) control.abort(new AnswerUnreadable('the list is too long'))
    } else this.#to.onResponseData(control, chunk)
  }

  onResponseEnd(control: UpstreamControl): void {
    if (this.#events !== undefined) {
      const rest = this.#events.rest()
      if (rest.length > 0) this.#pass(control, [rest])
    } else if (this.#json !== undefined && this.#head !== undefined) {
      const whole = Buffer.concat(this.#json)
      const shorter = shortened(whole.toString(), this.#may)
      const body = shorter === undefined ? whole : Buffer.from(shorter)
      const { status, headers } = this.#head
      this.#to.onResponseStart(control, status, { ...headers, 'content-length': String(body.length) })
      if (body.length > 0) this.#to.onResponseData(control, body)
    }
    this.#to.onResponseEnd(control)
  }

  onResponseError(control: UpstreamControl | undefined, error: Error): void {
    this.#to.onResponseError(control, error)
  }

  #pass(control: UpstreamControl, blocks: readonly Buffer[]): void {
    for (const block of blocks) {
      this.#to.onResponseData(
        control,
        withData(block, (data) => shortened(data, this.#may)),
      )
    }
  }
}
