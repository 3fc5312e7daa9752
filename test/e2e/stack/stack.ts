/** A running gateway with the demo's provider and calculator, in whichever form. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '@gateway/testing'
import { answers, startProcess } from './processes.ts'

export interface Stack {
  readonly issuer: string
  readonly mcpUrl: string
  /** Everything that the gateway's processes have printed. */
  log(): string
  stop(): Promise<void>
}

/** `npm start` as a newcomer runs it: no configuration, an empty folder, three free ports. */
export async function startOneProcess(): Promise<Stack> {
  const cwd = await mkdtemp(join(tmpdir(), 'gateway-e2e-'))
  const port = await freePorts(3)
  const gateway = startProcess('gateway', 'services/gateway/src/main.ts', ['start', '--port', String(port)], {
    cwd,
    env: {},
  })
  const issuer = `http://localhost:${port}`
  await answers(`${issuer}/ready`).catch((error: unknown) => {
    throw new Error(`the gateway did not start:\n${gateway.log()}`, { cause: error })
  })
  return {
    issuer,
    mcpUrl: `${issuer}/calculator/mcp`,
    log: () => gateway.log(),
    async stop() {
      await gateway.kill('SIGINT')
      await rm(cwd, { recursive: true, force: true })
    },
  }
}
