/** What a suite of trials needs: the load, what it was told, a look into the streams, and where results go. */
import { appendFileSync } from 'node:fs'
import { serverOrSkip } from '@gateway/testing'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Deployment } from '../e2e/stack/five-processes.ts'
import { Ledger } from './ledger.ts'
import { Load } from './load.ts'
import { Observations } from './observations.ts'
import { openReplays } from './replay.ts'
import { tableOf } from './table.ts'
import type { Result, Trial } from './trial.ts'

/** `npm run test:faults`: every fault on everything, for longer. */
export const isLong = process.env.FAULTS === 'long'

/** One machine is all clients and all users. A leaving replica goes on until the edge has seen that it leaves. */
export const LIMITS = `
limits:
  user_requests_per_minute: 1000000
  oauth:
    address_pages_per_minute: 1000000
    failures_per_minute: 1000000
    client_requests_per_minute: 1000000
    user_codes_per_minute: 1000000
registration: { dynamic: { per_address_per_hour: 1000000 } }
shutdown: { delay_seconds: 3 }
`

/** What a refresh may be told once profiles are gone (design: people sign in again where those are needed). */
export const SIGN_IN_AGAIN = /The user must sign in again/

export interface Scene extends Trial {
  close(): Promise<void>
}

async function sceneOf(deployment: Deployment<{ readonly url: string }, unknown>): Promise<Scene> {
  const { issuer, mcpUrl, replicas, services, nats, seeds } = deployment
  const [ledger, observations] = [new Ledger(), new Observations()]
  const replays = await openReplays(nats.url, seeds.bootstrap)
  const load = await Load.prepare({ stack: deployment, ledger, observations })
  const checked = { issuer, mcpUrl, proxies: services.proxy, ledger, replays }
  return { load, observations, checked, replicas, ready: () => deployment.ready(), close: () => replays.close() }
}

/** Deploys before the trials of a suite and takes down after them; skips them, loudly, where a server is missing. */
export function sceneOfSuite<Nats extends { readonly url: string }, Store>(
  suite: string,
  start: () => Promise<Deployment<Nats, Store>>,
): { readonly stack: Deployment<Nats, Store>; readonly scene: Scene } {
  const on = {} as { stack: Deployment<Nats, Store>; scene: Scene }
  let ready = false
  beforeAll(async () => {
    const stack = await serverOrSkip(suite, start)
    if (!stack) return
    on.stack = stack
    on.scene = await sceneOf(stack)
    ready = true
  })
  beforeEach(({ skip }) => skip(!ready))
  afterAll(async () => {
    if (ready) await on.scene.close()
    await on.stack?.stop()
  })
  return on
}

/** Prints a result, and keeps it for the table if somebody asked for that. */
export function report(result: Result): void {
  console.log(tableOf([result]).split('\n').at(-1))
  const file = process.env.FAULTS_RESULTS
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(result)}\n`)
}
