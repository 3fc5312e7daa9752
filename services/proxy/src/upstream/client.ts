/** What the hot path asks of a client of HTTP, whichever speaks to the backend: callbacks and no promises, since every request passes here. */

export interface UpstreamRequest {
  readonly method: string
  /** Path and query, as they stand on the wire. */
  readonly path: string
  /** Names and values, flat; of framing at most a `Content-Length`, and only where `body` is no Buffer. */
  readonly headers: readonly string[]
  readonly body: Buffer | AsyncIterable<Buffer> | null
  /** How long the backend may take to its first byte. */
  readonly headersTimeout: number
}

export interface UpstreamControl {
  /** Ends the request, on the wire too; the handler hears of it as `onResponseError`. */
  abort(error: Error): void
  pause(): void
  resume(): void
}

/** Names in lower case, a repeated one as a list. */
export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface UpstreamHandler {
  onRequestStart(control: UpstreamControl): void
  /** Interim answers (1xx) too. */
  onResponseStart(control: UpstreamControl, status: number, headers: UpstreamHeaders): void
  onResponseData(control: UpstreamControl, chunk: Buffer): void
  onResponseEnd(control: UpstreamControl): void
  onResponseError(control: UpstreamControl | undefined, error: Error): void
}

export interface UpstreamClient {
  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void
  /** What is under way finishes. */
  close(): Promise<void>
  destroy(): Promise<void>
}
