/** The proxy's own answers on the hot path, written without the framework: refusals and preflights. */
import { type ServerResponse, STATUS_CODES } from 'node:http'
import { type ProxyRefusal, type RefusalCode, refusals } from '../refusals.ts'

/** RFC 9110 §15.5.6: a 405 names what is served. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const
const ALLOW = METHODS.join(', ')

const bodies = new Map(Object.entries(refusals).map(([code, refusal]) => [code, bodyOf(refusal)]))

/** JSON-RPC 2.0 §5: `id` is null where the request's was not read. */
function bodyOf({ error, description, rpcCode }: ProxyRefusal, rpc: RpcDetails = {}): string {
  const { id = null, data } = rpc
  return JSON.stringify(
    rpcCode === undefined
      ? { error, error_description: description }
      : { jsonrpc: '2.0', id, error: { code: rpcCode, message: description, ...(data === undefined ? {} : { data }) } },
  )
}

/** What a JSON-RPC error says beside its code and message. */
export interface RpcDetails {
  readonly id?: string | number | undefined
  readonly data?: Readonly<Record<string, unknown>> | undefined
}

export interface RefusalOptions {
  readonly requestId: string
  /** Headers, flat, that let the calling origin read the answer. */
  readonly cors: readonly string[]
  readonly challenge?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly rpc?: RpcDetails | undefined
}

export function answerRefusal(response: ServerResponse, code: RefusalCode, options: RefusalOptions): void {
  const body = options.rpc === undefined ? (bodies.get(code) as string) : bodyOf(refusals[code], options.rpc)
  const headers = [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
    'X-Request-Id',
    options.requestId,
    ...options.cors,
  ]
  if (code === 'method_not_served') headers.push('Allow', ALLOW)
  // What is still to come of the body is read by nobody.
  if (code === 'body_too_large') headers.push('Connection', 'close')
  if (options.retryAfterSeconds !== undefined) headers.push('Retry-After', String(options.retryAfterSeconds))
  if (options.challenge !== undefined) headers.push('WWW-Authenticate', options.challenge)
  const { status } = refusals[code]
  response.writeHead(status, STATUS_CODES[status], headers)
  response.end(body)
}

/** Fetch §4.8: a preflight is answered before any authorization, which browsers leave out of it (pain-17). */
export function answerPreflight(response: ServerResponse, headers: readonly string[]): void {
  response.writeHead(204, [...headers])
  response.end()
}
