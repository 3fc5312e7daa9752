/** One request as it is, over connections that stay open; nothing is followed, and nothing is too odd to be sent. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import type { Almost } from './requests.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export type Send = (almost: Almost) => Promise<Answer>

export function sender(issuer: string): { readonly send: Send; readonly close: () => void } {
  const agent = new Agent({ keepAlive: true })
  const { hostname: host, port } = new URL(issuer)
  const send: Send = ({ method, path, headers: stated, body }) =>
    new Promise((resolve, reject) => {
      // Node states no length where a body has no meaning, and what follows would be read as another request.
      const headers = body === undefined ? stated : { ...stated, 'content-length': Buffer.byteLength(body) }
      const sent = request({ agent, host, port, method, path, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode: status = 0, headers: received } = response
          resolve({ status, headers: received, text: Buffer.concat(chunks).toString() })
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return { send, close: () => agent.destroy() }
}
