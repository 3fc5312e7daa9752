/** A request's body for the backend: a small one whole, so that it leaves in one write; any other as it comes. */
import type { IncomingMessage } from 'node:http'

/** What a tools/call usually fits in. */
const WHOLE_MAX_BYTES = 64 * 1024

export type RequestBody = Buffer | AsyncIterable<Buffer> | null

/** Calls `done` once, at once where there is nothing to wait for; never, when the client goes away before. */
export function readRequestBody(request: IncomingMessage, done: (body: RequestBody) => void): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (length === undefined && encoding === undefined) {
    done(null)
    return
  }
  const bytes = length === undefined ? Number.POSITIVE_INFINITY : Number(length)
  if (bytes === 0) done(null)
  else if (bytes <= WHOLE_MAX_BYTES) collect(request, bytes, done)
  // The client's connection outlives a failed upload, so that it can still be told.
  else done(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
}

function collect(request: IncomingMessage, bytes: number, done: (body: Buffer) => void): void {
  let first: Buffer | undefined
  let rest: Buffer[] | undefined
  let received = 0
  request.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (first === undefined) first = chunk
    else (rest ??= []).push(chunk)
    if (received === bytes) done(rest === undefined ? first : Buffer.concat([first, ...rest], bytes))
  })
}
