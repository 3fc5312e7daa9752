/**
 * One forwarded call, from the backend's first byte to the client's last: the response goes out as it comes in, at the pace
 * of whoever is slower, and either side's end is the other's.
 */
import type { ServerResponse } from 'node:http'
import type { RefusalCode } from '../refusals.ts'
import type { UpstreamControl, UpstreamHandler, UpstreamHeaders } from '../upstream/client.ts'
import { ANSWER_LATE, CONNECT_LATE } from '../upstream/http1/connection.ts'
import { INVALID_REQUEST } from '../upstream/http1/request-head.ts'
import { atEventBoundary, TAIL_LENGTH } from './event-stream.ts'
import { ANSWER_UNREADABLE } from './list-filter.ts'
import { BODY_TOO_LARGE } from './request-body.ts'
import { isEventStream } from './response-headers.ts'

export interface ExchangeDeps {
  readonly response: ServerResponse
  readonly isHead: boolean
  /** The backend's headers as the client gets them, flat. */
  headersOf(headers: UpstreamHeaders): string[]
  /** The backend has answered. */
  onAnswer(status: number): void
  /** Nothing has been sent to the client yet, and the call cannot go on: tell it so. */
  onFailure(refusal: RefusalCode, error: Error): void
  onClientGone(): void
  /** The head has left, and the body is still to come. */
  onOpen(): void
}

const JOINED_MAX_BYTES = 16 * 1024

/** RFC 9110 §6.4.1: these have no body, so no length is worked out for them. */
const WITHOUT_BODY = new Set([204, 205, 304])

export class Exchange implements UpstreamHandler {
  readonly #deps: ExchangeDeps
  #controller: UpstreamControl | undefined
  #status = 0
  #head: string[] | undefined
  #headSent = false
  /** The newest chunk, held until the parser is done with what it has: often the end comes with it, and both leave in one write. */
  #held: Buffer | undefined
  #flushScheduled = false
  #over = false
  /** The last characters written of an event stream without content coding; undefined for any other answer. */
  #tail: string | undefined
  #wroteSinceAsked = false

  constructor(deps: ExchangeDeps) {
    this.#deps = deps
  }

  /** Whether anything was written since this was asked last. */
  get wroteSinceAsked(): boolean {
    const wrote = this.#wroteSinceAsked
    this.#wroteSinceAsked = false
    return wrote
  }

  /** A comment between two events, so that nobody on the way takes the stream for dead (pain-11); nothing where none may stand. */
  keepAlive(): void {
    if (this.#over || this.#held !== undefined || this.#tail === undefined || !atEventBoundary(this.#tail)) return
    if (this.#headSent && !this.#deps.response.writableNeedDrain) this.#deps.response.write(': keep-alive\n\n')
  }

  /** Ends an answer that is under way, on both sides, so that it does not look whole. */
  cut(): void {
    if (this.#over) return
    this.#over = true
    this.#held = undefined
    this.#controller?.abort(new Error('the answer was cut'))
    this.#deps.response.destroy()
  }

  onRequestStart(controller: UpstreamControl): void {
    this.#controller = controller
    if (this.#over) controller.abort(new Error('the client is gone'))
  }

  onResponseStart(_controller: UpstreamControl, status: number, headers: UpstreamHeaders): void {
    // RFC 9110 §15.2: interim responses are between the backend and the gateway.
    if (status < 200 || this.#over) return
    this.#status = status
    this.#head = this.#deps.headersOf(headers)
    const isPlain = headers['content-encoding'] === undefined && headers['content-length'] === undefined
    if (isPlain && isEventStream(headers) && !this.#deps.isHead) this.#tail = ''
    if (!this.#deps.isHead && !WITHOUT_BODY.has(status) && headers['content-length'] === undefined) {
      this.#scheduleFlush()
    }
    this.#deps.onAnswer(status)
  }

  onResponseData(controller: UpstreamControl, chunk: Buffer): void {
    if (this.#over) return
    if (this.#held !== undefined) this.#write(this.#held, controller)
    this.#held = chunk
    this.#scheduleFlush()
  }

  onResponseEnd(): void {
    if (this.#over) return
    try {
      if (!this.#headSent) this.#sendHead(true)
      this.#over = true
      this.#endWith(this.#held)
      this.#held = undefined
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  onResponseError(_controller: UpstreamControl | undefined, error: Error): void {
    if (!this.#over) this.#fail(error)
  }

  #fail(error: Error): void {
    this.#over = true
    this.#held = undefined
    // RFC 9112 §8: cut off, so that the client cannot take what it has for the whole.
    if (this.#headSent) this.#deps.response.destroy()
    else this.#deps.onFailure(failureOf(error), error)
  }

  /** After the current parse: an event of a stream leaves at once, and headers do not wait for the first one. */
  #scheduleFlush(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    queueMicrotask(() => {
      this.#flushScheduled = false
      if (!this.#over) this.#flush()
    })
  }

  #flush(): void {
    try {
      if (!this.#headSent) this.#sendHead(false)
      if (this.#held === undefined) this.#deps.response.flushHeaders()
      else this.#write(this.#held, this.#controller)
      this.#held = undefined
    } catch (error) {
      // A header that must not be sent on.
      this.#fail(error as Error)
      this.#controller?.abort(error as Error)
    }
  }

  /** `whole`: the body is complete, so its length is known, whatever framing the backend chose. */
  #sendHead(whole: boolean): void {
    const head = this.#head ?? []
    const bodiless = this.#deps.isHead || WITHOUT_BODY.has(this.#status)
    if (whole && !bodiless && !head.includes('content-length')) {
      head.push('Content-Length', String(this.#held?.length ?? 0))
    }
    this.#deps.response.writeHead(this.#status, head)
    this.#headSent = true
    if (!whole) this.#deps.onOpen()
  }

  #write(chunk: Buffer, controller: UpstreamControl | undefined): void {
    if (!this.#headSent) this.#sendHead(false)
    this.#wroteSinceAsked = true
    if (this.#tail !== undefined) {
      this.#tail = (this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - TAIL_LENGTH))).slice(-TAIL_LENGTH)
    }
    if (this.#deps.response.write(chunk) || controller === undefined) return
    controller.pause()
    this.#deps.response.once('drain', () => controller.resume())
  }

  /** As a string of the head's own encoding Node joins it with the head: one buffer to write, where two would be gathered (measured: 5 %). */
  #endWith(chunk: Buffer | undefined): void {
    if (chunk === undefined) this.#deps.response.end()
    else if (chunk.length > JOINED_MAX_BYTES) this.#deps.response.end(chunk)
    else this.#deps.response.end(chunk.toString('latin1'), 'latin1')
  }

  /** T8: a client that closes cancels, upstream at once. The legacy eras resume by their own means. */
  clientGone(): void {
    if (this.#over) return
    this.#over = true
    this.#held = undefined
    this.#controller?.abort(new Error('the client is gone'))
    if (!this.#headSent) this.#deps.onClientGone()
  }
}

/** By the codes of Node, undici and our own client. */
const FAILURES: Readonly<Record<string, RefusalCode>> = {
  UND_ERR_CONNECT_TIMEOUT: 'backend_late',
  UND_ERR_HEADERS_TIMEOUT: 'backend_late',
  ETIMEDOUT: 'backend_late',
  [CONNECT_LATE]: 'backend_late',
  [ANSWER_LATE]: 'backend_late',
  [INVALID_REQUEST]: 'malformed_request',
  UND_ERR_INVALID_ARG: 'malformed_request',
  [BODY_TOO_LARGE]: 'body_too_large',
  [ANSWER_UNREADABLE]: 'answer_unreadable',
  UND_ERR_NOT_SUPPORTED: 'malformed_request',
}

/** By the codes with which connecting fails; everything else happened on a connection. */
const NOT_CONNECTED: ReadonlySet<unknown> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  CONNECT_LATE,
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
])

export function isConnectFailure({ code }: Error & { readonly code?: unknown }): boolean {
  return NOT_CONNECTED.has(code)
}

function failureOf(error: Error & { readonly code?: unknown }): RefusalCode {
  return FAILURES[String(error.code)] ?? 'backend_unreachable'
}
