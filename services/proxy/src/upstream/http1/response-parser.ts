/**
 * Responses of HTTP/1.1 as they come off a connection (RFC 9112), read strictly: what two readers could frame differently is
 * no response, and its connection is not used again. Trailers are read over.
 */

import { MalformedResponse } from './malformed.ts'
import { Framing, framingOf, parseHead, type ResponseHead } from './response-head.ts'

export interface ResponseSink {
  /** Interim answers too, of which nothing else follows. */
  onHead(head: ResponseHead): void
  /** A view of the bytes that were fed: whoever keeps it copies it. */
  onData(chunk: Buffer): void
  onEnd(): void
}

/** As Node's own parser and undici allow. */
const HEAD_MAX = 16 * 1024
const TRAILERS_MAX = 16 * 1024
/** RFC 9112 §7.1.1: what nobody reads may be limited. */
const CHUNK_LINE_MAX = 1024
const END_OF_HEAD = '\r\n\r\n'

type State = 'idle' | 'head' | 'sized' | 'until_close' | 'chunk_line' | 'chunk' | 'chunk_end' | 'trailers'

export class ResponseParser {
  readonly #sink: ResponseSink
  #state: State = 'idle'
  #method = ''
  /** The beginning of a head, line or trailer that has not arrived whole. */
  #text = ''
  /** Bytes of the body or of the chunk still to come. */
  #remaining = 0

  constructor(sink: ResponseSink) {
    this.#sink = sink
  }

  /** Before the bytes of a response: to what it answers. */
  expect(method: string): void {
    this.#state = 'head'
    this.#method = method
    this.#text = ''
  }

  /** Whether anything of a response's bytes is still to come. */
  get isOver(): boolean {
    return this.#state === 'idle'
  }

  /** @throws MalformedResponse also for bytes that nothing asked for */
  feed(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) at = this.#step(bytes, at)
  }

  /** The connection has ended. @throws MalformedResponse in the middle of a response */
  end(): void {
    if (this.#state === 'until_close') this.#finish()
    else if (this.#state !== 'idle')
      throw new MalformedResponse('the connection was closed in the middle of a response')
  }

  /** Reads on from `at`; returns how far it came. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at)
      case 'sized':
        return this.#readSized(bytes, at, 'idle')
      case 'chunk':
        return this.#readSized(bytes, at, 'chunk_end')
      case 'until_close':
        this.#sink.onData(at === 0 ? bytes : bytes.subarray(at))
        return bytes.length
      case 'chunk_line':
        return this.#readLine(bytes, at, CHUNK_LINE_MAX, (line) => this.#beginChunk(line))
      case 'chunk_end':
        return this.#readLine(bytes, at, 2, (line) => {
          if (line !== '') throw new MalformedResponse('a chunk is longer than it says')
          this.#state = 'chunk_line'
        })
      case 'trailers':
        return this.#readTrailers(bytes, at)
      case 'idle':
        throw new MalformedResponse('bytes after the response')
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const known = this.#text.length
    const text = this.#text + bytes.toString('latin1', at, Math.min(bytes.length, at + HEAD_MAX))
    const end = text.indexOf(END_OF_HEAD, Math.max(0, known - END_OF_HEAD.length))
    if (end < 0) {
      if (text.length >= HEAD_MAX) throw new MalformedResponse('the head is too large')
      if (/(?<!\r)\n/.test(text)) throw new MalformedResponse('a line ends without a carriage return')
      this.#text = text
      return bytes.length
    }
    this.#text = ''
    const head = parseHead(text.slice(0, end))
    this.#begin(head)
    return at + end + END_OF_HEAD.length - known
  }

  #begin(head: ResponseHead): void {
    const framing = framingOf(head, this.#method)
    this.#sink.onHead(head)
    if (head.status < 200) return
    if (framing === Framing.none || framing === 0) this.#finish()
    else if (framing === Framing.untilClose) this.#state = 'until_close'
    else if (framing === Framing.chunked) this.#state = 'chunk_line'
    else {
      this.#state = 'sized'
      this.#remaining = framing
    }
  }

  #readSized(bytes: Buffer, at: number, then: 'idle' | 'chunk_end'): number {
    const until = Math.min(bytes.length, at + this.#remaining)
    this.#remaining -= until - at
    const isLast = this.#remaining === 0
    if (isLast && then === 'chunk_end') this.#state = 'chunk_end'
    this.#sink.onData(bytes.subarray(at, until))
    if (isLast && then === 'idle') this.#finish()
    return until
  }

  #readLine(bytes: Buffer, at: number, max: number, done: (line: string) => void): number {
    const newline = bytes.indexOf(10, at)
    const until = newline < 0 ? bytes.length : newline + 1
    const text = this.#text + bytes.toString('latin1', at, Math.min(until, at + max + 1))
    if (text.length > max) throw new MalformedResponse('a line of the chunks is too long')
    if (newline < 0) this.#text = text
    else if (!text.endsWith('\r\n')) throw new MalformedResponse('a line ends without a carriage return')
    else {
      this.#text = ''
      done(text.slice(0, -2))
    }
    return until
  }

  /** RFC 9112 §7.1: a hexadecimal size, and extensions that nobody understands. */
  #beginChunk(line: string): void {
    const size = /^([0-9A-Fa-f]{1,12})(?:[ \t]*;[\t\x20-\x7E\x80-\xFF]*)?$/.exec(line)?.[1]
    if (size === undefined) throw new MalformedResponse('a chunk has no size')
    this.#remaining = Number.parseInt(size, 16)
    this.#state = this.#remaining === 0 ? 'trailers' : 'chunk'
    this.#trailers = 0
  }

  #trailers = 0

  #readTrailers(bytes: Buffer, at: number): number {
    return this.#readLine(bytes, at, TRAILERS_MAX, (line) => {
      this.#trailers += line.length
      if (this.#trailers > TRAILERS_MAX) throw new MalformedResponse('the trailers are too large')
      if (line === '') this.#finish()
      else if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7E\x80-\xFF]*$/.test(line)) {
        throw new MalformedResponse('a trailer is none')
      }
    })
  }

  #finish(): void {
    this.#state = 'idle'
    this.#sink.onEnd()
  }
}
