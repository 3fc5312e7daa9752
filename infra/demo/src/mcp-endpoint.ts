/**
 * An MCP server on one endpoint, `/mcp`, that speaks both eras of Streamable HTTP: up to 2025-11-25 with sessions (initialize,
 * GET stream, DELETE), and 2026-07-28 without. It authenticates nobody: that is what the gateway in front of it is for.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
  toWebRequest,
} from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  type EventStore,
  isLegacyRequest,
  type McpServer,
  type ServerNotifier,
} from '@modelcontextprotocol/server'
import { isLoopback, listen, type Running } from './listen.ts'

export interface McpEndpointOptions {
  /** `localhost` listens on both loopback addresses. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Of each session: with one, its streams can be resumed (`Last-Event-ID`). */
  readonly createEventStore?: () => EventStore
  /** After how long clients resume a stream that was closed. */
  readonly retryMs?: number
}

/** `notify` reaches the `subscriptions/listen` streams of 2026-07-28. */
export type CreateMcpServer = (notify: ServerNotifier) => McpServer

/** The oldest session makes room: a client that comes back to it gets 404 and initializes again. */
const SESSIONS_MAX = 1_000

export async function startMcpEndpoint(options: McpEndpointOptions, create: CreateMcpServer): Promise<Running> {
  const server = await listen(options.host, options.port)
  const sessions: Transports = new Map()
  const modern = createMcpHandler(() => create(modern.notify), { legacy: 'reject' })
  const open = () => openSession(sessions, options, () => create(modern.notify))
  const answerModern = toNodeHandler(modern)
  const guards = isLoopback(options.host) ? [localhostHostValidation(), localhostOriginValidation()] : []

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const probe = await toWebRequest(request as NodeRequest)
    const body = await readBody(probe.clone())
    if (body === MALFORMED) sendError(response, 400, -32_700, 'Parse error')
    else if (await isLegacyRequest(probe, body)) await answerLegacy({ sessions, open }, request, response, body)
    else await answerModern(request as NodeRequest, response, body)
  }
  server.answer((request, response) => {
    if (!guards.every((passes) => passes(request, response))) return
    if (pathOf(request) !== '/mcp') return sendError(response, 404, -32_600, 'The endpoint is /mcp')
    answer(request, response).catch((error: { status?: number }) => {
      if (response.headersSent) response.destroy()
      else if (error.status === 413) sendError(response, 413, -32_000, 'Payload too large')
      else sendError(response, 500, -32_603, 'Internal error')
    })
  })

  return {
    url: server.url,
    async close() {
      await modern.close()
      await Promise.all([...sessions.values()].map((session) => session.close()))
      await server.close()
    },
  }
}

/** The adapter's own idea of a Node request, which `exactOptionalPropertyTypes` tells from Node's. */
type NodeRequest = Parameters<typeof toWebRequest>[0]

const pathOf = (request: IncomingMessage): string => new URL(request.url ?? '/', 'http://localhost').pathname

const MALFORMED = Symbol('malformed')

async function readBody(request: Request): Promise<unknown> {
  const text = await request.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return MALFORMED
  }
}

type Transports = Map<string, NodeStreamableHTTPServerTransport>

interface Sessions {
  readonly sessions: Transports
  readonly open: () => Promise<NodeStreamableHTTPServerTransport>
}

/** A known session id goes to its transport; none opens a session, if the request is `initialize`; an unknown one is 404. */
async function answerLegacy(
  { sessions, open }: Sessions,
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
): Promise<void> {
  const id = request.headers['mcp-session-id']
  const known = typeof id === 'string' ? sessions.get(id) : undefined
  if (id !== undefined && !known) return sendError(response, 404, -32_001, 'Session not found')
  const transport = known ?? (await open())
  await transport.handleRequest(request, response, body)
  if (transport.sessionId === undefined) await transport.close()
}

async function openSession(
  sessions: Transports,
  { createEventStore, retryMs }: McpEndpointOptions,
  create: () => McpServer,
): Promise<NodeStreamableHTTPServerTransport> {
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    ...(createEventStore && { eventStore: createEventStore() }),
    ...(retryMs !== undefined && { retryInterval: retryMs }),
    onsessioninitialized(id) {
      const [oldest] = sessions
      if (oldest && sessions.size >= SESSIONS_MAX) {
        sessions.delete(oldest[0])
        void oldest[1].close()
      }
      sessions.set(id, transport)
    },
    onsessionclosed(id) {
      sessions.delete(id)
    },
  })
  await create().connect(transport)
  return transport
}

function sendError(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null }))
}
