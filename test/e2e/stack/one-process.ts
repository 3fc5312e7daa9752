/** All five services in one process from a configuration without NATS, with the demo's provider and calculator beside it. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDemoCalculator, startDemoProvider } from '@gateway/demo'
import { freePort } from '@gateway/testing'
import { answers, type Process, startProcess } from './processes.ts'
import type { Stack } from './stack.ts'

export interface OneProcess extends Stack {
  readonly gateway: Process
  readonly folder: string
  /** Resolves when `/ready` is green. */
  ready(): Promise<void>
  /** A second process of the same configuration, on ports of its own. */
  startAnother(): Promise<Process>
}

const CLIENT = { clientId: 'gateway', clientSecret: 'a secret between gateway and demo provider' }

/** `storage` is the section of the configuration, as one line of YAML. */
export async function startOneProcessOn(storage: string): Promise<OneProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-one-'))
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const provider = await startDemoProvider({
    host: 'localhost',
    port: await freePort(),
    redirectUri: `${issuer}/oauth/callback`,
    ...CLIENT,
  })
  const calculator = await startDemoCalculator({ host: 'localhost', port: await freePort() })
  const configure = async (name: string, at: { readonly port: number; readonly telemetry: number }) => {
    await writeFile(
      join(folder, name),
      `
issuer: ${issuer}
port: ${at.port}
session_secret: e2e-e2e-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH
storage: ${storage}
telemetry: { port: ${at.telemetry} }
oauth_providers:
  oidc: { issuer: "${provider.url}", client_id: "${CLIENT.clientId}", client_secret: "${CLIENT.clientSecret}" }
mcp_services:
  calculator: { name: Calculator, url: "${calculator.url}", scopes: [read, calculate] }
`,
    )
    const args = ['start', '--config', name]
    return startProcess(name, 'services/gateway/src/main.ts', args, { cwd: folder, env: {} })
  }
  const gateway = await configure('config.yaml', { port, telemetry: await freePort() })
  const ready = () =>
    answers(`${issuer}/ready`).catch((error: unknown) => {
      throw new Error(`the gateway did not start:\n${gateway.log()}`, { cause: error })
    })
  await ready()
  return {
    issuer,
    mcpUrl: `${issuer}/calculator/mcp`,
    gateway,
    folder,
    ready,
    startAnother: async () => configure('another.yaml', { port: await freePort(), telemetry: await freePort() }),
    log: () => gateway.log(),
    async stop() {
      await gateway.kill('SIGKILL')
      await Promise.all([provider.close(), calculator.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
