/** One request and its handler, from when they are handed in to when the response is over. */
import type { UpstreamControl, UpstreamHandler, UpstreamRequest } from '../client.ts'

/** Where a turn is: waiting for a connection, or on one. */
export interface Place {
  abort(error: Error): void
  pause(): void
  resume(): void
}

/** What its handler holds of it does nothing any more once it is over, when the connection has gone on to the next. */
export class Turn implements UpstreamControl {
  readonly request: UpstreamRequest
  readonly handler: UpstreamHandler
  place: Place | undefined

  constructor(request: UpstreamRequest, handler: UpstreamHandler) {
    this.request = request
    this.handler = handler
  }

  abort(error: Error): void {
    this.place?.abort(error)
  }

  pause(): void {
    this.place?.pause()
  }

  resume(): void {
    this.place?.resume()
  }

  fail(error: Error): void {
    this.handler.onResponseError(this, error)
  }
}
