/** A real https server on loopback that answers for the hosts of clients, with a certificate that is made for it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import type { Network } from '../clients.ts'

/** The name in the certificate; the operator of the tests allows it as a private host. */
export const HOST = 'client.example'

export interface DocumentServer {
  /** `https://client.example:<port>` */
  readonly origin: string
  readonly network: Network
  /** The paths that were asked for, in order. */
  readonly asked: string[]
  /** Answers `path` from now on. */
  on(path: string, answer: Answer): void
  json(path: string, body: unknown, headers?: Readonly<Record<string, string>>): void
  stop(): Promise<void>
}
type Answer = (response: ServerResponse, request: IncomingMessage) => void

export async function startDocumentServer(): Promise<DocumentServer> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: HOST }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: HOST }] },
    ],
  })
  const asked: string[] = []
  const answers = new Map<string, Answer>()
  const server = createServer({ key, cert }, (request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const answer = answers.get(path)
    if (answer) answer(response, request)
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    origin: `https://${HOST}:${port}`,
    network: { ca: cert, resolve: async () => ['127.0.0.1'] },
    asked,
    on: (path, answer) => void answers.set(path, answer),
    json: (path, body, headers = {}) =>
      void answers.set(path, (response) =>
        response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body)),
      ),
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
