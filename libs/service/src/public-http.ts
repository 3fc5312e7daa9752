/** The public HTTP server around an app's handler: probes first, and JSON for what Node refuses before any handler sees it. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Probes } from './health.ts'

/** Longer than the idle timeout of common load balancers (60 s), so that it is never this side that closes a pooled connection first. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_MS = 15_000

export function createPublicServer(handler: RequestListener, probes: Probes): Server {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS }, (request, response) => {
    if (!probes(request, response)) handler(request, response)
  })
  // Node hands CONNECT to this event and never to the handler (RFC 9110 §9.3.6: no tunnel is opened here).
  server.on('connect', (_request, socket) => {
    end(socket, 405, 'This method is not served here.', 'Allow: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS\r\n')
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    if (error.code === 'HPE_HEADER_OVERFLOW') end(socket, 431, 'The request headers are too large.')
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') end(socket, 408, 'The request did not arrive in time.')
    else end(socket, 400, 'The request is malformed.')
  })
  return server
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

function end(socket: Duplex, status: number, description: string, headers = ''): void {
  const body = JSON.stringify({ error: 'invalid_request', error_description: description })
  const head = `HTTP/1.1 ${status} ${REASONS[status]}\r\nContent-Type: application/json\r\n${headers}`
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
}
