/** Two replicas of each service over NATS and OpenBao, under load. The development server keeps everything in memory. */
import { type NatsServer, serverOrSkip, startNatsServer, startVaultServer, type VaultServer } from '@gateway/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Deployment, deploy } from '../e2e/stack/five-processes.ts'
import { type Fault, type FaultName, faults } from './faults.ts'
import { isLong, LIMITS, report, type Scene, SIGN_IN_AGAIN, sceneOf } from './scene.ts'
import { attempt } from './trial.ts'

const kinds = faults(5_000, 10_000)

const start = () =>
  deploy({
    replicas: 2,
    nats: (config) => startNatsServer({ config }),
    store: () => startVaultServer(),
    configuration: (nats, vault) => `
nats: { url: "${nats.url}" }
storage: { type: vault, vault: { url: "${vault.address}", token: "${vault.token}" } }
${LIMITS}`,
    behind: (nats, store) => ({
      nats,
      store,
      storeVariables: (port) => ({ MCP_VAULT_URL: `http://127.0.0.1:${port}` }),
    }),
  })

describe.runIf(isLong)('under load, over NATS and OpenBao', () => {
  let stack: Deployment<NatsServer, VaultServer>
  let scene: Scene

  beforeAll(async () => {
    const started = await serverOrSkip('faults of OpenBao', start)
    if (!started) return
    stack = started
    scene = await sceneOf(stack)
  })
  beforeEach(({ skip }) => skip(scene === undefined))
  afterAll(async () => {
    await scene?.close()
    await stack?.stop()
  })

  it.each<FaultName>(['killed', 'frozen', 'slow', 'cut', 'halfClosed'])(
    'loses nothing, fails no call and recovers by itself: OpenBao, %s',
    async (name) => {
      // Killed, it forgets everything, as Redis does when it is wiped.
      const fault: Fault = name === 'killed' ? { ...kinds.killed, excuses: SIGN_IN_AGAIN } : kinds[name]
      const networks = stack.replicas.flatMap(({ network }) => network.store ?? [])
      const result = await attempt(scene, { name: 'OpenBao', process: stack.store, networks }, fault)
      report(result)
      expect(result.problems).toEqual([])
    },
  )
})
