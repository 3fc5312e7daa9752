/** Two replicas of each service over NATS and OpenBao, under load. The development server keeps everything in memory. */
import { startNatsServer, startVaultServer } from '@gateway/testing'
import { describe, expect, it } from 'vitest'
import { deploy } from '../e2e/stack/five-processes.ts'
import { type Fault, type FaultName, faults } from './faults.ts'
import { isLong, LIMITS, report, SIGN_IN_AGAIN, sceneOfSuite } from './scene.ts'
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
  const on = sceneOfSuite('faults of OpenBao', start)

  it.each<FaultName>(['killed', 'frozen', 'slow', 'cut', 'halfClosed'])(
    'loses nothing, fails no call and recovers by itself: OpenBao, %s',
    async (name) => {
      // Killed, it forgets everything, as Redis does when it is wiped.
      const fault: Fault = name === 'killed' ? { ...kinds.killed, excuses: SIGN_IN_AGAIN } : kinds[name]
      const networks = on.stack.replicas.flatMap(({ network }) => network.store ?? [])
      const result = await attempt(on.scene, { name: 'OpenBao', process: on.stack.store, networks }, fault)
      report(result)
      expect(result.problems).toEqual([])
    },
  )
})
