/** The replicas of the proxy, each asked by itself, past the edge: how long it takes until the last one refuses. */
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { ComposeStack } from './stack.ts'

const PORT = 8091
const PATIENCE_MS = 10_000

export interface Proxies {
  readonly count: number
  /** Resolves with the milliseconds from now until the last replica has answered a call with this token like that. */
  allAnswer(status: number, token: string): Promise<number>
  close(): void
}

/** Containers are reached at their own addresses, as Linux lets one. */
export async function reachProxies(stack: ComposeStack): Promise<Proxies> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  const containers = await stack.containers('proxy')
  const addresses = (await stack.docker('inspect', '--format', format, ...containers)).trim().split('\n')
  const agent = new Agent({ keepAlive: true })
  const headers = {
    host: new URL(stack.issuer).host,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }

  function ask(address: string, token: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const options = { host: address, port: PORT, path: '/calculator/mcp', method: 'POST', agent }
      const sent = request({ ...options, headers: { ...headers, authorization: `Bearer ${token}` } }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
      })
      sent.once('error', reject)
      sent.end('{"jsonrpc":"2.0","id":1,"method":"tools/list"}')
    })
  }

  async function answers(address: string, status: number, token: string): Promise<void> {
    const until = Date.now() + PATIENCE_MS
    while ((await ask(address, token)) !== status) {
      if (Date.now() > until) throw new Error(`${address} does not answer ${status}`)
      await pause(1)
    }
  }

  return {
    count: addresses.length,
    async allAnswer(status, token) {
      const startedAt = performance.now()
      await Promise.all(addresses.map((address) => answers(address, status, token)))
      return performance.now() - startedAt
    },
    close: () => agent.destroy(),
  }
}
