/** A request's body for the backend: a small one whole, so that it leaves in one write; any other as it comes. */
import type { IncomingMessage } from 'node:http'

/** What a tools/call usually fits in. */
const WHOLE_MAX_BYTES = 64 * 1024

export type RequestBody = Buffer | AsyncIterable<Buffer> | null

/** The code of the error with which a body ends that is longer than allowed. */
export const BODY_TOO_LARGE = 'ERR_BODY_TOO_LARGE'

class BodyTooLarge extends Error {
  readonly code = BODY_TOO_LARGE
}

/** RFC 9112 §6.3: the stated length, 0 for none, undefined where it is not stated. */
export function statedLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length']
  if (length !== undefined) return Number(length)
  return headers['transfer-encoding'] === undefined ? 0 : undefined
}

/** Calls `done` once, at once where there is nothing to wait for; never, when the client goes away before. */
export function readRequestBody(request: IncomingMessage, bytesMax: number, done: (body: RequestBody) => void): void {
  const bytes = statedLength(request)
  if (bytes === 0) done(null)
  else if (bytes !== undefined && bytes <= WHOLE_MAX_BYTES) collect(request, bytes, done)
  else done(bytes === undefined ? bounded(request, bytesMax) : chunksOf(request))
}

/** The whole body, however long, for who must read it; `'too_large'` as soon as it is longer than `bytesMax`. */
export function readWholeBody(
  request: IncomingMessage,
  bytesMax: number,
  done: (body: Buffer | 'too_large') => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  let over = false
  request.on('data', (chunk: Buffer) => {
    if (over) return
    bytes += chunk.length
    chunks.push(chunk)
    if (bytes <= bytesMax) return
    over = true
    chunks.length = 0
    done('too_large')
  })
  request.on('end', () => {
    if (!over) done(Buffer.concat(chunks, bytes))
  })
}

/** The client's connection outlives a failed upload, so that it can still be told. */
function chunksOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
}

async function* bounded(request: IncomingMessage, bytesMax: number): AsyncIterable<Buffer> {
  let bytes = 0
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new BodyTooLarge()
    yield chunk
  }
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
