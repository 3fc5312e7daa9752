/** The head of a request as it stands on the wire (RFC 9112 §3). */
import type { UpstreamRequest } from '../client.ts'

/** A character that would end a header, or that the wire's one byte per character would turn into one that does. */
const NO_HEADER = /[^\t\x20-\x7E\x80-\xFF]/
const NO_NAME = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/
const NO_TARGET = /[^\x21-\x7E]/

export const INVALID_REQUEST = 'ERR_INVALID_REQUEST'

class InvalidRequest extends Error {
  readonly code = INVALID_REQUEST
}

/** RFC 9110 §8.6: of these a server expects a body, so that there is none is said. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/** @throws InvalidRequest */
export function requestHead({ method, path, headers, body }: UpstreamRequest, host: string): string {
  if (NO_NAME.test(method) || NO_TARGET.test(path)) throw new InvalidRequest('a target that is none')
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    const value = headers[i + 1] as string
    if (NO_NAME.test(name) || NO_HEADER.test(value)) throw new InvalidRequest('a header that is none')
    head += `${name}: ${value}\r\n`
  }
  if (body === null) return WITH_BODY.has(method) ? `${head}content-length: 0\r\n\r\n` : `${head}\r\n`
  if (body instanceof Buffer) return `${head}content-length: ${body.length}\r\n\r\n`
  return isLengthStated(headers) ? `${head}\r\n` : `${head}transfer-encoding: chunked\r\n\r\n`
}

export function isLengthStated(headers: readonly string[]): boolean {
  return headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length')
}
