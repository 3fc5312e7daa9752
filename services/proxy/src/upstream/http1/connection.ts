/** One connection to a backend and the turn that is on it: one at a time, nothing is pipelined. */
import { connect, type OnReadOpts, type Socket } from 'node:net'
import { isLengthStated, requestHead } from './request-head.ts'
import { keepAliveMs, type ResponseHead, staysOpen } from './response-head.ts'
import { ResponseParser, type ResponseSink } from './response-parser.ts'
import type { Place, Turn } from './turn.ts'

export interface Address {
  readonly host: string
  readonly port: number
  /** As `Host` says it. */
  readonly authority: string
}

export interface ConnectionOptions {
  readonly address: Address
  readonly connectMs: number
  /** How long a body may be silent; 0: for ever. */
  readonly bodyMs: number
  readonly idleMs: number
  /** By the pool's clock. */
  now(): number
  /** Its turn is over, and the connection may carry the next. */
  onIdle(connection: Connection): void
  onClosed(connection: Connection): void
}

/** The codes of what only happens here. */
export const CONNECT_LATE = 'ERR_CONNECT_LATE'
export const ANSWER_LATE = 'ERR_ANSWER_LATE'

class Late extends Error {
  readonly code: string

  constructor(code: string) {
    super('the backend took too long')
    this.code = code
  }
}

/** In one write up to here: one string is cheaper than two buffers, until it is the copy that counts. */
const JOINED_MAX_BYTES = 16 * 1024
/** All connections read into the same memory: what is kept is copied before the next read. */
const shared = Buffer.allocUnsafeSlow(64 * 1024)
/** A server closes at the time that it says: the last second is left to it. */
const MARGIN_MS = 1_000

export class Connection implements Place, ResponseSink {
  /** When it has taken too long for what it is at: connecting, answering, being silent, being idle. */
  deadline: number
  readonly #options: ConnectionOptions
  readonly #socket: Socket
  readonly #parser = new ResponseParser(this)
  #turn: Turn | undefined
  #connected = false
  /** Of this turn: whether the request has left whole, and the response has begun. */
  #sent = false
  #answered = false
  #paused = false
  #reusable = true
  #idleMs: number

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#idleMs = options.idleMs
    this.deadline = options.now() + options.connectMs
    const { host, port } = options.address
    const onread: OnReadOpts = { buffer: shared, callback: (length) => this.#read(length) }
    this.#socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, onread })
      .on('connect', () => this.#onConnected())
      .on('error', (error) => this.#fail(error))
      .on('end', () => this.#onEnd())
      .on('close', () => this.#onClosed())
  }

  get isUsable(): boolean {
    return this.#turn === undefined && this.#reusable && !this.#socket.destroyed
  }

  start(turn: Turn): void {
    this.#turn = turn
    turn.place = this
    this.#answered = false
    this.#sent = false
    if (this.#connected) this.#send(turn)
  }

  /** What it is at has taken too long. */
  onDeadline(): void {
    // While the client takes nothing, the silence is not the backend's.
    if (this.#paused) this.#refresh()
    else this.abort(new Late(this.#connected ? ANSWER_LATE : CONNECT_LATE))
  }

  /** Ends the turn that is on it, and itself. */
  abort(error: Error): void {
    this.#fail(error)
    this.#socket.destroy()
  }

  /** After the turn that is on it, or at once. */
  retire(): void {
    this.#reusable = false
    if (this.#turn === undefined) this.#socket.destroy()
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#refresh()
    this.#socket.resume()
  }

  onHead(head: ResponseHead): void {
    const turn = this.#turn as Turn
    // RFC 9110 §15.2.2: nobody has asked for another protocol.
    if (head.status === 101) throw new Error('the backend speaks another protocol')
    if (head.status >= 200) {
      this.#answered = true
      this.#reusable &&= staysOpen(head, turn.request.method)
      const stated = keepAliveMs(head)
      if (stated !== undefined) this.#idleMs = Math.min(this.#options.idleMs, stated - MARGIN_MS)
    }
    turn.handler.onResponseStart(turn, head.status, head.headers)
  }

  onData(chunk: Buffer): void {
    const turn = this.#turn
    turn?.handler.onResponseData(turn, Buffer.from(chunk))
  }

  onEnd(): void {
    const turn = this.#turn
    this.#turn = undefined
    if (turn === undefined) return
    turn.place = undefined
    turn.handler.onResponseEnd(turn)
  }

  #read(length: number): boolean {
    if (this.#socket.destroyed) return false
    try {
      this.#parser.feed(shared.subarray(0, length))
      if (this.#turn !== undefined) this.#refresh()
      else if (!this.#socket.destroyed) this.#release()
    } catch (error) {
      this.abort(error as Error)
    }
    return !this.#socket.destroyed
  }

  /** Only now that nothing follows the response: what does would be the next one's. */
  #release(): void {
    if (!this.#sent || !this.#reusable || this.#idleMs <= 0) {
      this.#socket.destroy()
      return
    }
    this.deadline = this.#options.now() + this.#idleMs
    if (this.#paused) {
      this.#paused = false
      this.#socket.resume()
    }
    this.#options.onIdle(this)
  }

  /** Of a response under way; until it begins, the time since the request counts. */
  #refresh(): void {
    const { bodyMs } = this.#options
    if (this.#answered) this.deadline = bodyMs === 0 ? Number.POSITIVE_INFINITY : this.#options.now() + bodyMs
  }

  #onConnected(): void {
    this.#connected = true
    if (this.#turn === undefined) this.#socket.destroy()
    else this.#send(this.#turn)
  }

  #send(turn: Turn): void {
    const { request } = turn
    const { body } = request
    try {
      const head = requestHead(request, this.#options.address.authority)
      this.deadline = this.#options.now() + request.headersTimeout
      this.#parser.expect(request.method)
      if (body === null || Buffer.isBuffer(body)) this.#sendWhole(head, body)
      else void this.#sendStream(head, turn, body)
    } catch (error) {
      this.abort(error as Error)
    }
  }

  #sendWhole(head: string, body: Buffer | null): void {
    this.#sent = true
    if (body === null) this.#write(head)
    else if (body.length <= JOINED_MAX_BYTES) this.#write(head + body.toString('latin1'))
    else {
      this.#socket.cork()
      this.#write(head)
      this.#socket.write(body)
      this.#socket.uncork()
    }
  }

  async #sendStream(head: string, turn: Turn, body: AsyncIterable<Buffer>): Promise<void> {
    const isChunked = !isLengthStated(turn.request.headers)
    this.#write(head)
    try {
      for await (const chunk of body) {
        // Over before all of it was asked for.
        if (this.#turn !== turn) return
        if (!this.#answered) this.deadline = this.#options.now() + turn.request.headersTimeout
        const flows = isChunked ? this.#writeChunk(chunk) : this.#socket.write(chunk)
        if (!flows) await this.#drained()
      }
      if (this.#turn !== turn) return
      if (isChunked) this.#write('0\r\n\r\n')
      this.#sent = true
    } catch (error) {
      if (this.#turn === turn) this.abort(error as Error)
    }
  }

  #writeChunk(chunk: Buffer): boolean {
    // RFC 9112 §7.1: a chunk of no bytes would be the last.
    if (chunk.length === 0) return true
    this.#socket.cork()
    this.#write(`${chunk.length.toString(16)}\r\n`)
    this.#socket.write(chunk)
    const flows = this.#write('\r\n')
    this.#socket.uncork()
    return flows
  }

  #write(text: string): boolean {
    return this.#socket.write(text, 'latin1')
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off('drain', done).off('close', done)
        resolve()
      }
      this.#socket.on('drain', done).on('close', done)
    })
  }

  #onEnd(): void {
    this.#reusable = false
    try {
      this.#parser.end()
      if (this.#turn === undefined) this.#socket.destroy()
    } catch (error) {
      this.abort(error as Error)
    }
  }

  #fail(error: Error): void {
    const turn = this.#turn
    this.#turn = undefined
    turn?.fail(error)
  }

  #onClosed(): void {
    this.#fail(new Error('the connection was closed'))
    this.#options.onClosed(this)
  }
}
