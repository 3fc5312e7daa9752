/** The replicas of the proxy, each asked by itself, past the edge: how long it takes until the last one refuses. */
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { modernCall } from '../e2e/wire.ts'
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
  const { host } = new URL(stack.issuer)

  function ask(address: string, token: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const { method, headers, body } = modernCall(token, 'whoami')
      const options = { host: address, port: PORT, path: '/calculator/mcp', method, agent }
      const sent = request({ ...options, headers: { ...headers, host } }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
      })
      sent.once('error', reject)
      sent.end(body)
    })
  }

  async function answers(address: string, status: number, token: string): Promise<void> {
    const until = Date.now() + PATIENCE_MS
    for (let answer = 0; answer !== status; answer = await ask(address, token)) {
      if (Date.now() > until) throw new Error(`${address} answers ${answer} and not ${status}`)
      if (answer !== 0) await pause(1)
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
