/** Whoever operates a deployment: the command as its user runs it, over NATS, with the key that the contracts give operators. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FiveProcesses } from './five-processes.ts'
import { startProcess } from './processes.ts'

export interface Operator {
  gateway(...args: string[]): Promise<{ readonly code: number | null; readonly out: string }>
  /** @throws when the command fails */
  json<T>(...args: string[]): Promise<T>
  stop(): Promise<void>
}

export async function startOperator(stack: FiveProcesses): Promise<Operator> {
  const cwd = await mkdtemp(join(tmpdir(), 'gateway-operator-'))
  await writeFile(join(cwd, 'config.yaml'), configText(stack))

  async function gateway(...args: string[]) {
    const env = { NATS_NKEY_SEED: stack.seeds.operator }
    const command = startProcess('gateway', 'services/gateway/src/main.ts', args, { cwd, env })
    return { code: await command.exited(), out: command.log() }
  }

  async function json<T>(...args: string[]): Promise<T> {
    const { code, out } = await gateway(...args, '--json')
    if (code !== 0) throw new Error(out)
    return JSON.parse(out) as T
  }

  return { gateway, json, stop: () => rm(cwd, { recursive: true, force: true }) }
}

/** As the services have it, with a secret of the provider that operators need not know. */
function configText({ issuer, nats, store }: FiveProcesses): string {
  return `
issuer: ${issuer}
session_secret: e2e-e2e-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH
nats: { url: "${nats.url}" }
storage: { type: redis, redis: { host: 127.0.0.1, port: ${store.port} } }
oauth_providers:
  oidc: { issuer: "http://localhost:1", client_id: gateway, client_secret: unknown-to-operators }
`
}
