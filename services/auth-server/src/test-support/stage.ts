/** The auth-server on a real port with its neighbours around it, and a client and a browser to speak to it with. */
import { createHash } from 'node:crypto'
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuditCloudEvent, AuditType, Client, Service } from '@gateway/contracts'
import { newId } from '@gateway/kernel'
import type { App, AppDeps } from '@gateway/service'
import { expect, vi } from 'vitest'
import { createApp } from '../app.ts'
import { calculator, list, type Neighbours, startNeighbours } from './neighbours.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: Record<string, unknown>
  /** Where it redirects to. */
  readonly location: URL
}

export interface Request {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as a form; a list is a repeated field. */
  readonly form?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
  readonly jar?: Map<string, string>
}

export interface Stage {
  readonly app: App
  readonly neighbours: Neighbours
  readonly issuer: string
  readonly client: Client
  /** Every audit event of this type that has been published, once there are so many. */
  audited(type: AuditType, atLeast?: number): Promise<readonly AuditCloudEvent[]>
  send(path: string, request?: Request): Promise<Answer>
  close(): Promise<void>
}

export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
export const REDIRECT_URI = 'https://app.example/callback'

/** A public client that asks for refresh tokens, unless told otherwise. */
export function clientOf(changes: Partial<Client['metadata']> = {}, origin: Client['origin'] = 'registered'): Client {
  return {
    client_id: newId(),
    origin,
    registered_at: 0,
    metadata: {
      client_name: 'Example App',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'web',
      ...changes,
    },
  }
}

export async function setStage(
  deps: AppDeps,
  options: { readonly services?: readonly Service[]; readonly client?: Client } = {},
): Promise<Stage> {
  const { issuer } = deps.config
  for (const service of options.services ?? [calculator]) await list(deps, service)
  const neighbours = await startNeighbours(deps, issuer)
  const client = options.client ?? clientOf()
  neighbours.clients.set(client.client_id, { client })
  const app = await createApp(deps)
  await app.start()
  const server = createServer(app.handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const audit: AuditCloudEvent[] = []
  const watch = await deps.bus.project(
    { stream: 'AUDIT', subject: 'audit.>' },
    { reset: () => audit.splice(0), apply: (message) => audit.push(message.data as AuditCloudEvent) },
  )
  return {
    app,
    neighbours,
    issuer,
    client,
    send: (path, request = {}) => send({ port, host: new URL(issuer).host }, path, request),
    async audited(type, atLeast = 1) {
      const found = () => audit.filter((event) => event.type === type)
      await vi.waitFor(() => expect(found().length).toBeGreaterThanOrEqual(atLeast))
      return found()
    },
    async close() {
      await watch.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await app.stop()
    },
  }
}

/** One request, its Host as if it had come by the public name; nothing is followed. Cookies are kept in the jar. */
function send(to: { readonly port: number; readonly host: string }, path: string, request: Request): Promise<Answer> {
  const body = request.form ? formOf(request.form) : request.body
  const headers: Record<string, string> = { host: to.host }
  if (request.form) headers['content-type'] = 'application/x-www-form-urlencoded'
  if (request.jar && request.jar.size > 0)
    headers['cookie'] = Array.from(request.jar, ([k, v]) => `${k}=${v}`).join('; ')
  const method = request.method ?? (body === undefined ? 'GET' : 'POST')
  return new Promise((resolve, reject) => {
    const options = { port: to.port, host: '127.0.0.1', path, method, headers: { ...headers, ...request.headers } }
    const sent = httpRequest(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        if (request.jar) keep(request.jar, response.headers['set-cookie'] ?? [])
        resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString()))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function answerOf(status: number, headers: IncomingHttpHeaders, text: string): Answer {
  const isJson = headers['content-type']?.includes('json') ?? false
  return {
    status,
    headers,
    text,
    json: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {},
    location: new URL(headers.location ?? 'about:blank'),
  }
}

function keep(jar: Map<string, string>, lines: readonly string[]): void {
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/expires=Thu, 01 Jan 1970|Max-Age=0/i.test(line)) jar.delete(name)
    else jar.set(name, value)
  }
}

function formOf(fields: NonNullable<Request['form']>): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((one) => [name, one] as [string, string]),
  )
  return new URLSearchParams(pairs).toString()
}
