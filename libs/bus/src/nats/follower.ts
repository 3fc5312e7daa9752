/**
 * Keeps one reader of a stream going: a session after another, each from scratch. Whatever disturbs a session (the
 * connection lost, the consumer or the stream gone, a gap) ends it, and the next one looks at everything again.
 */
import { Unavailable } from '@gateway/kernel'
import type { FailureListener, FailurePlace } from '../ports.ts'
import { pause, retryDelayMs } from '../retry.ts'
import type { Connection } from './connection.ts'
import { fromDriver } from './errors.ts'

/** Longer waits would only lengthen an outage: what is waited for is the operator or a restart. */
const RETRY_MS_MAX = 2_000

export interface Session {
  /** Runs until it is ended or disturbed. @throws whatever disturbed it */
  run(ended: AbortSignal, established: () => void): Promise<void>
}

export class Follower {
  readonly #connection: Connection
  readonly #session: Session
  readonly #place: FailurePlace
  readonly #onFailure: FailureListener
  readonly #stopping = new AbortController()
  readonly #finished: Promise<void>

  constructor(connection: Connection, session: Session, place: FailurePlace, onFailure: FailureListener) {
    this.#connection = connection
    this.#session = session
    this.#place = place
    this.#onFailure = onFailure
    this.#finished = this.#follow()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#finished
  }

  async #follow(): Promise<void> {
    const stopped = this.#stopping.signal
    for (let failures = 0; ; ) {
      await this.#connected(stopped)
      if (stopped.aborted || this.#connection.status() === 'closed') return
      const disturbed = new AbortController()
      const unlisten = this.#connection.listen({ onDown: () => disturbed.abort() })
      try {
        await this.#session.run(AbortSignal.any([stopped, disturbed.signal]), () => {
          failures = 0
        })
      } catch (error) {
        failures++
        // The connection tells of its own loss, once for all.
        const lost = stopped.aborted || this.#connection.status() !== 'up'
        if (!lost) this.#onFailure(fromDriver(error), this.#place)
        await pause(retryDelayMs(failures, RETRY_MS_MAX), stopped)
      } finally {
        unlisten()
      }
    }
  }

  async #connected(stopped: AbortSignal): Promise<void> {
    if (this.#connection.status() !== 'down' || stopped.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const unlisten = this.#connection.listen({ onUp: resolve, onDown: resolve })
    stopped.addEventListener('abort', () => resolve(), { once: true })
    await promise
    unlisten()
  }
}

/** Thrown by a session that found what it reads missing. */
export function missing(what: string): Unavailable {
  return new Unavailable('bus', { cause: new Error(`${what} does not exist: has \`gateway bootstrap\` run?`) })
}
