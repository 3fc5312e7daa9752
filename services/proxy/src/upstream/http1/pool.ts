/**
 * Kept-alive connections to one backend without TLS. Of HTTP/1.1 it is all that a gateway needs, at a fraction of the work of
 * a client for everybody (README, "Speed").
 */
import type { UpstreamClient, UpstreamHandler, UpstreamRequest } from '../client.ts'
import { type Address, Connection, type ConnectionOptions } from './connection.ts'
import { Turn } from './turn.ts'

export interface PoolOptions {
  readonly connectMs: number
  readonly bodyMs: number
  readonly idleMs: number
  /** Connections at the same time; undefined: as many as there are calls. */
  readonly connectionsMax?: number | undefined
}

/** Timeouts end late by up to two of these: one timer for all, where one for each call costs as much as its checks. */
const LOOK_EVERY_MS = 50

export class Http1Pool implements UpstreamClient {
  readonly #max: number
  readonly #connection: ConnectionOptions
  readonly #all = new Set<Connection>()
  /** The one that was used last is used next, so that the others come of age. */
  readonly #idle: Connection[] = []
  readonly #waiting: Turn[] = []
  #now = 0
  #timer: NodeJS.Timeout | undefined
  #closing = false
  #closed = Promise.withResolvers<void>()

  /** `origin`: `http://host[:port]` */
  constructor(origin: string, { connectionsMax, ...timeouts }: PoolOptions) {
    this.#max = connectionsMax ?? Number.POSITIVE_INFINITY
    this.#connection = {
      ...timeouts,
      address: addressOf(origin),
      // Read off seldom, so it may be as much later; no timeout ends early.
      now: () => this.#now + LOOK_EVERY_MS,
      onIdle: (connection) => this.#onIdle(connection),
      onClosed: (connection) => this.#onClosed(connection),
    }
  }

  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void {
    const turn = new Turn(request, handler)
    const connection = this.#free()
    if (connection === undefined) {
      turn.place = { abort: (error) => this.#leave(turn, error), pause: () => undefined, resume: () => undefined }
      this.#waiting.push(turn)
    } else connection.start(turn)
    handler.onRequestStart(turn)
  }

  close(): Promise<void> {
    this.#closing = true
    for (const connection of this.#all) connection.retire()
    this.#settle()
    return this.#closed.promise
  }

  destroy(): Promise<void> {
    for (const turn of this.#waiting.splice(0)) turn.fail(new Error('the pool is closed'))
    for (const connection of this.#all) connection.abort(new Error('the pool is closed'))
    return this.close()
  }

  /** One that is idle, or a new one where there may be one. */
  #free(): Connection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (idle.isUsable) return idle
    return this.#all.size < this.#max ? this.#open() : undefined
  }

  #open(): Connection {
    this.#look()
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref()
    const connection = new Connection(this.#connection)
    this.#all.add(connection)
    return connection
  }

  #leave(turn: Turn, error: Error): void {
    const at = this.#waiting.indexOf(turn)
    if (at < 0) return
    this.#waiting.splice(at, 1)
    turn.fail(error)
  }

  #onIdle(connection: Connection): void {
    const next = this.#waiting.shift()
    if (next !== undefined) connection.start(next)
    else if (this.#closing) connection.retire()
    else this.#idle.push(connection)
  }

  #onClosed(connection: Connection): void {
    this.#all.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    const next = this.#waiting.shift()
    if (next !== undefined) this.#open().start(next)
    this.#settle()
  }

  #settle(): void {
    if (this.#all.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.#closing) this.#closed.resolve()
  }

  #look(): void {
    this.#now = performance.now()
    for (const connection of this.#all) if (connection.deadline <= this.#now) connection.onDeadline()
  }
}

function addressOf(origin: string): Address {
  const { hostname, port, host } = new URL(origin)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), authority: host }
}
