/** The deployment of `infra/compose.yml` on a real Docker engine, under a project name and ports of its own. */

import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { freePort } from '@gateway/testing'
import { answers, ROOT } from '../e2e/stack/processes.ts'
import type { Stack } from '../e2e/stack/stack.ts'

const run = promisify(execFile)
const BUFFER = 64 * 1024 * 1024

export interface ComposeStack extends Stack {
  readonly natsUrl: string
  /** What every command about this deployment must see. */
  readonly env: NodeJS.ProcessEnv
  /** `docker compose … <args>`; the output. */
  compose(...args: readonly string[]): Promise<string>
  /** Container names of one service. */
  containers(service: string): Promise<readonly string[]>
  docker(...args: readonly string[]): Promise<string>
}

/** A reason why this machine cannot run it; with CI=true there is none but failure. */
export function dockerMissing(): string | undefined {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore' })
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' })
    return undefined
  } catch {
    if (process.env.CI === 'true') throw new Error('no Docker engine with Compose answers')
    return 'no Docker engine with Compose answers'
  }
}

/** `extra`: variables; `files`: compose files beside the first, from the project's root. */
export async function startCompose(
  name: string,
  extra: Record<string, string> = {},
  files: readonly string[] = [],
): Promise<ComposeStack> {
  const [port, natsPort] = [await freePort(), await freePort()]
  const issuer = `http://localhost:${port}`
  const env = {
    ...process.env,
    DOCKER_BUILDKIT: process.env.DOCKER_BUILDKIT ?? '0',
    GATEWAY_PORT: String(port),
    NATS_PORT: String(natsPort),
    MCP_ISSUER: issuer,
    ...extra,
  }
  const compose = async (...args: readonly string[]) => {
    const all = ['compose', '-p', name, ...['infra/compose.yml', ...files].flatMap((file) => ['-f', file]), ...args]
    const { stdout } = await run('docker', all, { cwd: ROOT, env, maxBuffer: BUFFER })
    return stdout
  }
  const docker = async (...args: readonly string[]) => (await run('docker', args, { maxBuffer: BUFFER })).stdout
  await compose('down', '--volumes', '--remove-orphans')
  try {
    await compose('up', '--detach', '--wait', '--quiet-pull')
    await answers(`${issuer}/.well-known/oauth-authorization-server`)
  } catch (error) {
    const log = await compose('logs', '--no-color', '--tail', '20')
    throw new Error(`the stack did not come up:\n${log}`, { cause: error })
  }
  return {
    issuer,
    mcpUrl: `${issuer}/calculator/mcp`,
    natsUrl: `nats://127.0.0.1:${natsPort}`,
    log: () => '',
    env,
    compose,
    docker,
    containers: async (service) => (await compose('ps', '--quiet', service)).trim().split('\n').filter(Boolean),
    stop: async () => void (await compose('down', '--volumes', '--remove-orphans')),
  }
}
