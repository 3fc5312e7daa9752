/** For the tests of the doctor: a gateway that is wrong in as many ways as one small server can be. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface WrongServer {
  /** Its MCP endpoint. */
  readonly url: string
  close(): Promise<void>
}

/** What goes out for a path; undefined: a web page with 200, as a catch-all in front of the gateway answers. */
type Route = (request: IncomingMessage, body: string, origin: string) => readonly [number, unknown, Headers?]
type Headers = Readonly<Record<string, string>>

const routes: Readonly<Record<string, Route>> = {
  '/mcp': (request) => {
    if (request.method === 'OPTIONS') return [401, {}]
    return [401, {}, { 'WWW-Authenticate': 'Basic realm="mcp"', ...reflected(request) }]
  },
  '/.well-known/oauth-protected-resource/mcp': (_request, _body, origin) => [
    200,
    { resource: 'https://another.example/mcp', authorization_servers: [origin] },
  ],
  '/.well-known/oauth-authorization-server': (_request, _body, origin) => [
    200,
    {
      issuer: `${origin}/`,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      jwks_uri: `${origin}/jwks`,
      response_types_supported: ['token'],
      code_challenge_methods_supported: ['plain'],
      authorization_response_iss_parameter_supported: true,
    },
  ],
  '/jwks': () => [200, { keys: [{ kty: 'EC', d: 'private' }] }],
  '/register': (_request, body) => [200, { client_id: 'c1', client_secret: 's', ...(JSON.parse(body) as object) }],
  '/authorize': (request) => {
    const { searchParams } = new URL(request.url ?? '', 'http://x')
    const back = new URL(searchParams.get('redirect_uri') ?? 'http://x')
    back.searchParams.set('code', 'for-everybody')
    return [302, {}, { Location: back.href }]
  },
  '/token': () => [503, { error: 'server_error' }],
  '/ready': () => [503, { dependencies: { bus: { status: 'down' }, 'identity provider': { status: 'down' } } }],
}

function reflected({ headers }: IncomingMessage): Headers {
  if (headers.origin === undefined) return {}
  return { 'Access-Control-Allow-Origin': headers.origin, 'Access-Control-Allow-Credentials': 'true' }
}

export async function startWrongServer(): Promise<WrongServer> {
  const server = createServer((request, response) => void answer(request, response, server))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `${originOf(server)}/mcp`,
    close: () => new Promise((done) => server.close(() => done())),
  }
}

const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

async function answer(request: IncomingMessage, response: ServerResponse, server: Server): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*$/, '')
  const route = routes[path]
  const body = await text(request)
  if (!route) {
    response.writeHead(200, { 'Content-Type': 'text/html', Connection: 'close' }).end('<p>Welcome</p>')
    return
  }
  const [status, value, headers = {}] = route(request, body, originOf(server))
  response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close', ...headers })
  response.end(JSON.stringify(value))
}
